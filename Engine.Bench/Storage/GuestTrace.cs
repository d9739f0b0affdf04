using Engine.Emulator;
using Engine.Emulator.Guests;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Subscriptions;

namespace Engine.Bench.Storage;

/// <summary>Real events: the first ones of the bundled guest, in memory.</summary>
internal static class GuestTrace
{
    /// <summary>Events of each type. So many that they are in no core's own cache, and fit into that of all.</summary>
    public const int Count = 1 << 20;

    private static readonly Lazy<InstructionRetired[]> Made = new(Capture<InstructionRetired>);
    private static readonly Lazy<MemoryAccessed[]> MadeAccesses = new(Capture<MemoryAccessed>);

    public static InstructionRetired[] Instructions => Made.Value;

    public static MemoryAccessed[] Accesses => MadeAccesses.Value;

    private static T[] Capture<T>()
        where T : unmanaged, IEvent<T>
    {
        var events = new T[Count];
        int captured = 0;
        EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        engine.SubscribeBatch(
            (ReadOnlySpan<T> batch, in Envelope _) =>
            {
                int taken = Math.Min(batch.Length, events.Length - captured);
                batch[..taken].CopyTo(events.AsSpan(captured));
                captured += taken;
            },
            new SubscriptionOptions<T> { Name = "capture" });
        engine.Start();
        using (var board = new VirtBoard(new VirtBoardOptions(), engine))
        {
            board.Boot(board.LoadElf(BundledGuest.ReadAllBytes(), BundledGuest.Name).EntryPoint);
            // Memory accesses come with fewer than every instruction.
            board.Machine.Run(8UL * Count);
        }

        engine.StopAsync().GetAwaiter().GetResult();
        return captured == Count
            ? events
            : throw new InvalidOperationException($"The guest caused only {captured} events {T.Descriptor.Name}.");
    }
}
