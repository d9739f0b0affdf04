using System.Text;
using Engine.Bus;
using Engine.Bus.Versions;

namespace Engine.Tests.Bus.Versions;

/// <summary>A bus, what handlers of the newest version of an event saw on it, and what failed.</summary>
public abstract class VersionedBusFixture
{
    private protected List<BusHandlerError> Errors { get; } = [];

    private protected List<(CustomerNamed Event, EventIds Ids, int Depth)> Seen { get; } = [];

    private protected EventBus Bus { get; private set; } = null!;

    [SetUp]
    public void MakeBus()
    {
        Errors.Clear();
        Seen.Clear();
        SetBus(new EventBusOptions { OnHandlerError = Errors.Add });
    }

    [TearDown]
    public async Task StopBus() => await Bus.DisposeAsync();

    private protected static IncomingEvent Incoming(string name, int version, string payload) =>
        new(new EventVersion(name, version), Encoding.UTF8.GetBytes(payload));

    private protected static EventIds IdsOf(EventContext context) =>
        new() { Id = context.Id, CorrelationId = context.CorrelationId, CausationId = context.CausationId };

    private protected void SetBus(EventBusOptions options) => Bus = new EventBus("bus", options);

    private protected VersionedBus AttachAndSubscribe()
    {
        SubscribeNewest();
        return CustomerNamed.Versions().Attach(Bus);
    }

    private protected void SubscribeNewest() => Bus.Subscribe(
        (in CustomerNamed e, EventContext context) => Seen.Add((e, IdsOf(context), context.Depth)));
}
