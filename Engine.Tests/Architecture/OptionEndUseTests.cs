using System.Runtime.CompilerServices;
using Engine.Bus.Messages;
using Engine.Order;
using Engine.Primitives;
using Engine.Tests.Support;

namespace Engine.Tests.Architecture;

/// <summary>
/// What is made with an option at an end of its range works as it should, and takes memory for what there is and not for what may be.
/// </summary>
/// <remarks>Allocations of all threads are counted: nothing may run beside it.</remarks>
[NonParallelizable]
internal sealed class OptionEndUseTests
{
    // Bytes that a small piece of work may allocate, however large the numbers are.
    private const long FewBytes = 32L << 20;

    private static IEnumerable<Type> Types => OptionTables.All.Select(static one => one.Type);

    [TestCaseSource(nameof(Types))]
    public void It_works_at_each_end_and_takes_memory_for_what_there_is(Type type)
    {
        Assert.That(OptionUses.All.Keys, Does.Contain(type), "There is a piece of work for it.");
        Assert.Multiple(() =>
        {
            foreach (OptionRow row in OptionTables.All.Single(one => one.Type == type).Table.Rows)
            {
                foreach (object end in row.Ends)
                    Use(type, row, end);
            }
        });
    }

    private static void Use(Type type, OptionRow row, object end)
    {
        // A rule between two options may refuse it.
        if (OptionTableTests.Try(type, row, end) is not null)
            return;
        object options = OptionEndTests.Make(type);
        type.GetProperty(row.Name)!.SetValue(options, end);
        long before = GC.GetTotalAllocatedBytes(precise: true);
        Task work = Task.Run(() => OptionUses.All[type](options)).WaitAsync(Eventually.HangGuard);
        try
        {
            work.GetAwaiter().GetResult();
        }
        catch (ArgumentException refusal) when (refusal.Message.Contains("must", StringComparison.Ordinal))
        {
            return;
        }

        Assert.That(GC.GetTotalAllocatedBytes(precise: true) - before, Is.LessThan(FewBytes + AtOnce(type, row, end)), $"{row.Name} {end}");
    }

    // What the documentation of the option says is taken at once.
    private static long AtOnce(Type type, OptionRow row, object end) => row.Name != "Capacity" ? 0
        : type == typeof(MessageSubscriptionOptions) ? (int)end * 16L
        : type == typeof(MergeOptions) ? (int)end * (24L + Unsafe.SizeOf<Number>())
        : 0;
}
