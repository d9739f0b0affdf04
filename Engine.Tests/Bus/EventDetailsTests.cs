using Engine.Bus;
using Engine.Tests.Support;

namespace Engine.Tests.Bus;

/// <summary>What a publisher says of an event beside payload and ids.</summary>
public class EventDetailsTests
{
    private static readonly EventDetails Details = new()
    {
        Source = "billing",
        Key = "order-7",
        OccurredAt = new DateTimeOffset(2025, 12, 31, 23, 59, 58, TimeSpan.Zero),
        Metadata = new Dictionary<string, string> { ["tenant"] = "north", ["try"] = "2" },
    };

    [Test]
    public void Handlers_on_every_way_read_what_the_publisher_said([Values] ProcessingMode mode, [Values] bool byHandle)
    {
        EventBus bus = Buses.Started();
        var seen = new TaskCompletionSource<(string, string?, DateTimeOffset, string, bool)>();
        bus.Subscribe<Number>(
            (in Number _, EventContext context) =>
                seen.SetResult((context.Source, context.Key, context.OccurredAt, context.Metadata["tenant"], context.IsReplay)),
            new() { Mode = mode });
        var ids = new EventIds { Details = Details, IsReplay = true };
        if (byHandle)
            bus.GetTopic<Number>().Publish(new Number(1), ids);
        else
            bus.Publish(new Number(1), ids);
        Assert.That(Eventually.Result(seen.Task), Is.EqualTo(("billing", "order-7", Details.OccurredAt, "north", true)));
        bus.StopDrained();
    }

    [Test]
    public void An_event_without_them_has_the_name_of_the_bus_and_the_time_of_publication([Values(ProcessingMode.Sync, ProcessingMode.Async)] ProcessingMode mode)
    {
        EventBus bus = Buses.Started();
        var seen = new TaskCompletionSource<(string, string?, bool, int, bool)>();
        bus.Subscribe<Number>(
            (in Number number, EventContext context) =>
            {
                // Not what an event before it left behind.
                if (number.Value == 2)
                    seen.SetResult((context.Source, context.Key, context.OccurredAt == context.PublishedAt, context.Metadata.Count, context.IsReplay));
            },
            new() { Mode = mode });
        bus.Publish(new Number(1), new EventIds { Details = Details, IsReplay = true });
        bus.Publish(new Number(2));
        Assert.That(Eventually.Result(seen.Task), Is.EqualTo(("test", (string?)null, true, 0, false)));
        bus.StopDrained();
    }

    [Test]
    public void What_a_handler_publishes_inherits_nothing([Values(ProcessingMode.Sync, ProcessingMode.Async)] ProcessingMode mode)
    {
        EventBus bus = Buses.Started();
        var seen = new TaskCompletionSource<(string, string?, int, bool, int)>();
        bus.Subscribe<Number>((in Number _, EventContext _) => bus.Publish(new Letter(1)), new() { Mode = mode });
        bus.Subscribe<Letter>((in Letter _, EventContext context) =>
            seen.SetResult((context.Source, context.Key, context.Metadata.Count, context.IsReplay, context.Depth)));
        bus.Publish(new Number(1), new EventIds { Details = Details, IsReplay = true });
        Assert.That(Eventually.Result(seen.Task), Is.EqualTo(("test", (string?)null, 0, false, 1)));
        bus.StopDrained();
    }

    [Test]
    public void Values_out_of_range_are_refused_with_rule_and_value()
    {
        Refused("Source of an event may be left out, but not be empty", () => new EventDetails { Source = " " });
        Refused("Key of an event has at most 255 characters; \"kkk", () => new EventDetails { Key = new string('k', 256) });
        Refused("at most 16 entries; these are 17", () => new EventDetails { Metadata = Enumerable.Range(0, 17).ToDictionary(static i => $"n{i}", static _ => "v") });
        Refused("at most 4096 bytes of UTF-8, names and values together; these are 4098", () => new EventDetails
        {
            Metadata = new Dictionary<string, string> { ["n"] = new string('é', 2048) + "v" },
        });
        Refused("Names in the metadata of an event are not empty", () => new EventDetails { Metadata = new Dictionary<string, string> { [""] = "v" } });
        Refused("that of \"n\" is", () => new EventDetails { Metadata = new Dictionary<string, string> { ["n"] = null! } });
        Assert.That(() => new EventDetails { Metadata = null! }, Throws.ArgumentNullException);

        static void Refused(string message, Func<EventDetails> make) => Assert.That(Thrown.By<ArgumentException>(() => make()).Message, Does.Contain(message));
    }

    [Test]
    public void The_largest_values_are_taken()
    {
        var details = new EventDetails
        {
            Source = new string('s', 255),
            Key = new string('k', 255),
            Metadata = Enumerable.Range(0, 16).ToDictionary(static i => $"{i:00}", static _ => new string('v', 254)),
        };
        Assert.That((details.Source.Length, details.Key.Length, details.Metadata.Count), Is.EqualTo((255, 255, 16)));
    }

    [Test]
    public void Metadata_is_copied_and_compared_by_its_entries()
    {
        var given = new Dictionary<string, string> { ["a"] = "1" };
        var details = new EventDetails { Metadata = given };
        var same = new EventDetails { Metadata = new Dictionary<string, string> { ["a"] = "1" } };
        given["a"] = "2";
        Assert.That(details.Metadata["a"], Is.EqualTo("1"));
        Assert.That((details == same, details.GetHashCode() == same.GetHashCode(), details == new EventDetails { Metadata = given }), Is.EqualTo((true, true, false)));
        Assert.That(Details.ToString(), Is.EqualTo("source \"billing\", key \"order-7\", occurred at 2025-12-31T23:59:58.0000000+00:00, tenant=north, try=2"));
    }
}
