using Engine.Bus;
using Engine.Bus.Handlers;
using Engine.Tests.Support;

namespace Engine.Tests.Bus.Handlers;

public class BusHandlerTests
{
    private static readonly OrderCreated Event = new(1);
    private readonly EventContext _context = new();

    [Test]
    public void A_delegate_gets_event_and_context()
    {
        (OrderCreated, EventContext)? seen = null;
        BusHandler.Create((in OrderCreated e, EventContext context) => seen = (e, context)).Handle(Event, _context);
        Assert.That(seen, Is.EqualTo((Event, _context)));
    }

    [Test]
    public async Task An_asynchronous_delegate_gets_event_context_and_token()
    {
        using var cancellation = new CancellationTokenSource();
        (OrderCreated, EventContext, CancellationToken)? seen = null;
        await BusHandler.CreateAsync<OrderCreated>(async (e, context, token) =>
        {
            await Task.Yield();
            seen = (e, context, token);
        }).HandleAsync(Event, _context, cancellation.Token);
        Assert.That(seen, Is.EqualTo((Event, _context, cancellation.Token)));
    }

    [Test]
    public async Task A_delegate_for_any_event_gets_the_context()
    {
        var seen = new List<EventContext>();
        BusHandler.CreateAny(seen.Add).Handle(Event, _context);
        await BusHandler.CreateAnyAsync((context, _) =>
        {
            seen.Add(context);
            return ValueTask.CompletedTask;
        }).HandleAsync(Event, _context, CancellationToken.None);
        Assert.That(seen, Is.EqualTo(new[] { _context, _context }));
    }
}
