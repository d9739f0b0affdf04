namespace Engine.Tests.Migration;

/// <summary>Sources that use the old bus.</summary>
internal static class Samples
{
    public const string Event = """
        using Engine.Compatibility;

        namespace Shop;

        public sealed record MemoryGiven(string VmId, int Size) : IDomainEvent
        {
            public string EventType => "memory.given";

            public DateTimeOffset OccurredAt { get; } = DateTimeOffset.UnixEpoch;

            public string? AggregateId => VmId;
        }

        """;

    public const string Service = """
        using Engine.Compatibility;

        namespace Shop;

        public sealed class Service(DomainEventBus bus)
        {
            private readonly DomainEventBus _bus = bus;
            private long _id;

            public List<string> Seen { get; } = [];

            public void Register()
            {
                // What is given is written down.
                _id = _bus.Subscribe("memory.given", new SimpleEventHandler(e =>
                {
                    Seen.Add($"{e.EventType} {((MemoryGiven)e).Size}"); // once
                }));
                _bus.Subscribe("memory.given", new SimpleEventHandler(_ => Seen.Add("early"), 5), null);
                _bus.Subscribe("memory.given", new SimpleEventHandler(static e => throw new InvalidOperationException(e.AggregateId)));
            }

            public void Give() => _bus.Publish(new MemoryGiven("vm-1", 4096));

            public bool Unregister() => _bus.UnsubscribeById(_id) && !_bus.Unsubscribe("memory.given", _id);
        }

        """;

    public const string Program = """
        using Engine.Compatibility;

        namespace Shop;

        public static class Program
        {
            public static string Run()
            {
                var bus = new DomainEventBus();
                var service = new Service(bus);
                service.Register();
                service.Give();
                service.Seen.Add(service.Unregister() ? "gone" : "still there");
                service.Give();
                return string.Join(", ", service.Seen);
            }
        }

        """;

    /// <summary>What <see cref="Program"/> returns, before and after.</summary>
    public const string Result = "early, memory.given 4096, gone, early";

    public static SourceFolder Shop()
    {
        var folder = new SourceFolder();
        folder.Add("Event.cs", Event);
        folder.Add("Service.cs", Service);
        folder.Add("Program.cs", Program);
        return folder;
    }
}
