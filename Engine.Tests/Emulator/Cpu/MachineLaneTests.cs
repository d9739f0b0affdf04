using System.Reflection;
using Engine.Emulator.Cpu;
using Engine.Events.Vm;
using Engine.Hosting;
using Engine.Publish;
using Engine.Tests.Support;

namespace Engine.Tests.Emulator.Cpu;

/// <summary>
/// The machine has a lane for each built-in event, and one only, but for that of long encodings: RISC-V's fit into
/// <c>vm.instruction</c>.
/// </summary>
public class MachineLaneTests
{
    private static readonly FieldInfo[] Lanes = [.. typeof(MachineEvents)
        .GetFields(BindingFlags.Instance | BindingFlags.NonPublic)
        .Where(static field => EventTypeOf(field) is not null)];

    [Test]
    public void Every_event_type_has_one() =>
        Assert.That(Lanes.Select(EventTypeOf), Is.EquivalentTo(VmEventTypes.All.Except([typeof(InstructionEncoded)])));

    [Test]
    public async Task They_are_those_of_the_machine_s_producer()
    {
        await using EventEngine engine = new EngineBuilder().AddVmEvents().Build();
        using var events = new MachineEvents(engine, engine.CreateProducer());
        foreach (FieldInfo lane in Lanes)
            Assert.That(lane.GetValue(events), Is.Not.Null, lane.Name);
    }

    [Test]
    public void A_machine_without_an_engine_has_none()
    {
        using var events = new MachineEvents(null, null);
        foreach (FieldInfo lane in Lanes)
            Assert.That(lane.GetValue(events), Is.Null, lane.Name);
    }

    /// <summary>The event type of a field that is a lane, or may be one.</summary>
    private static Type? EventTypeOf(FieldInfo field) =>
        (Nullable.GetUnderlyingType(field.FieldType) ?? field.FieldType) is { IsGenericType: true } type
        && type.GetGenericTypeDefinition() == typeof(EventLane<>)
            ? type.GetGenericArguments()[0]
            : null;
}
