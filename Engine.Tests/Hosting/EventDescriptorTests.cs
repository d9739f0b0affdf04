using Engine.Bus;
using Engine.Events;
using Engine.Primitives;
using Engine.Tests.Support;

namespace Engine.Tests.Hosting;

/// <summary>What a descriptor says and to whom: a type that only a bus can carry has no settings for lanes.</summary>
public class EventDescriptorTests
{
    [Test]
    public void The_defaults_are_no_settings()
    {
        var descriptor = new EventDescriptor("test.some");
        Assert.That(descriptor.LaneSettings, Is.Empty);
        Assert.That((descriptor with { Capacity = EventDescriptor.DefaultCapacity, Shard = "test.some" }).LaneSettings, Is.Empty);
    }

    [Test]
    public void Settings_of_a_type_that_no_lane_can_carry_are_refused_by_name() => Assert.Multiple(() =>
    {
        string message = Thrown.By<ArgumentException>(static () => EventDescriptor.Of<NoteWritten>()).Message;
        Assert.That(message, Does.Contain(nameof(NoteWritten)).And.Contain("test.note-written"));
        Assert.That(message, Does.Contain("Shard \"notes\", Capacity 64, OverflowPolicy DropOldest, Priority High"));
    });

    [Test]
    public async Task A_bus_refuses_them()
    {
        await using var bus = new EventBus();
        Assert.That(() => bus.Publish(new NoteWritten("a")), Throws.ArgumentException.With.Message.Contains("settings for lanes"));
        Assert.That(() => bus.Subscribe((in NoteWritten _, EventContext _) => { }),
            Throws.ArgumentException.With.Message.Contains("settings for lanes"));
    }

    [Test]
    public void A_struct_may_have_them_although_a_bus_carries_it_too() =>
        Assert.That(EventDescriptor.Of<Note>().LaneSettings, Is.EqualTo(new[] { "Capacity 64" }));

    [Test]
    public void A_descriptor_must_not_be_missing() =>
        Assert.That(Thrown.By<ArgumentException>(static () => EventDescriptor.Of<Nameless>()).Message, Does.Contain("must not be null"));

    private sealed record NoteWritten(string Text) : IEvent<NoteWritten>
    {
        public static EventDescriptor Descriptor { get; } = new("test.note-written")
        {
            Shard = "notes",
            Capacity = 64,
            OverflowPolicy = OverflowPolicy.DropOldest,
            Priority = EventPriority.High,
        };
    }

    private readonly record struct Note(int Number) : IEvent<Note>
    {
        public static EventDescriptor Descriptor { get; } = new("test.note") { Capacity = 64 };
    }

    private sealed record Nameless : IEvent<Nameless>
    {
        public static EventDescriptor Descriptor => null!;
    }
}
