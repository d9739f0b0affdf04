using System.Diagnostics;
using System.Reflection;
using System.Text.RegularExpressions;
using Engine.Dispatch;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;
using Engine.Ring;
using Engine.Subscriptions;

namespace Engine.Tests.Architecture;

/// <summary>What people look at in a debugger says what it is. A display is text to the compiler; here its names are checked.</summary>
internal sealed partial class DebuggerDisplayTest
{
    private static readonly Type[] Shown =
    [
        typeof(EventEngine), typeof(EventTypeRuntime), typeof(EventProducer), typeof(EventLane<InstructionRetired>),
        typeof(SharedEventLane<InstructionRetired>), typeof(LaneCore<InstructionRetired>), typeof(Subscription),
        typeof(SubscriptionRegistry), typeof(Sequencer), typeof(RingBuffer<InstructionRetired>), typeof(WakeSignal),
        typeof(DispatchLane), typeof(DispatchWorker), typeof(Dispatcher), typeof(Envelope),
    ];

    [TestCaseSource(nameof(Shown))]
    public void Display_names_members_that_exist(Type type)
    {
        string? display = type.GetCustomAttribute<DebuggerDisplayAttribute>(inherit: false)?.Value;
        Assert.That(display, Is.Not.Null, "There is no display.");
        MatchCollection expressions = ExpressionPattern().Matches(display!);
        Assert.That(expressions, Is.Not.Empty);
        foreach (Match expression in expressions)
        {
            Type current = type;
            foreach (string name in expression.Groups[1].Value.Split('.'))
                current = TypeOf(current, name) ?? throw new AssertionException($"{current} has no member {name}.");
        }
    }

    private static Type? TypeOf(Type type, string member)
    {
        const BindingFlags Instance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        // A property of a base interface is not among those of the interface.
        IEnumerable<Type> searched = type.IsInterface ? type.GetInterfaces().Prepend(type) : [type];
        return searched
            .Select(owner => owner.GetProperty(member, Instance)?.PropertyType ?? owner.GetField(member, Instance)?.FieldType)
            .FirstOrDefault(static found => found is not null);
    }

    [GeneratedRegex(@"\{([\w.]+)(?:,nq)?\}")]
    private static partial Regex ExpressionPattern();
}
