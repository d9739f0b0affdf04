using Engine.Bus;
using Engine.Publish;
using Engine.Subscriptions.Filters;
using Engine.Tests.Support;
using FsCheck;
using FsCheck.Fluent;

namespace Engine.Tests.Properties;

/// <summary>
/// What a topic and its subscriptions count, whichever way events take, against a model that adds up. Subscriptions of all kinds come
/// and go, so that the short way to one handler opens and closes.
/// </summary>
public class PublishCountProperties
{
    private static readonly Gen<(int Step, int Choice)> Step =
        from step in Gen.Choose(0, 9)
        from choice in Gen.Choose(0, 99)
        select (step, choice);

    [Test]
    public void Counts_are_those_of_the_model() => Prop.ForAll(Step.ListOf().ToArbitrary(), static steps =>
    {
        var model = new Model(new EventBus());
        foreach ((int step, int choice) in steps)
            model.Take(step, choice);
        return model.IsMatched();
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithEndSize(120).WithQuietOnSuccess(true));

    private sealed class Model(EventBus bus)
    {
        private readonly BusTopic<Number> _topic = bus.GetTopic<Number>();
        private readonly List<Subscriber> _subscribers = [];
        private long _published;
        private long _value;
        private bool _areOutcomesRight = true;

        public void Take(int step, int choice)
        {
            Subscriber[] active = [.. _subscribers.Where(static s => s.Subscription.IsActive)];
            switch (step)
            {
                case 0:
                    Add(choice);
                    break;
                case 1 when active.Length > 0:
                    active[choice % active.Length].Subscription.Dispose();
                    break;
                case 2:
                    Publish(number => bus.Publish(number, new EventIds { Id = Guid.NewGuid() }), active);
                    break;
                case 3:
                    Publish(number => bus.Publish(number), active);
                    break;
                default:
                    Publish(number => _topic.Publish(number), active);
                    break;
            }
        }

        public bool IsMatched() => _areOutcomesRight
            && bus.GetStatistics().Topics.Single().Published == _published
            && _subscribers.All(static s => s.Subscription.DeliveredCount == s.Expected && s.Calls == s.Expected)
            && bus.GetStatistics().Subscriptions.Select(static s => s.Id).Order()
                .SequenceEqual(_subscribers.Where(static s => s.Subscription.IsActive).Select(static s => s.Subscription.Id).Order());

        private void Add(int choice)
        {
            var subscriber = new Subscriber { HasFilter = choice % 4 == 1, Throws = choice % 5 == 0 };
            subscriber.Subscription = (choice % 4) switch
            {
                1 => bus.Subscribe<Number>(
                    subscriber.Handle, new() { Filter = EventFilter.Where(static (in Number n) => n.Value % 2 == 0) }),
                2 => bus.Subscribe("test.*", new AnyHandler(subscriber)),
                _ => bus.Subscribe<Number>(subscriber.Handle, new() { Priority = choice }),
            };
            _subscribers.Add(subscriber);
        }

        private void Publish(Func<Number, PublishOutcome> publish, Subscriber[] active)
        {
            _value++;
            foreach (Subscriber subscriber in active.Where(s => !s.HasFilter || _value % 2 == 0))
                subscriber.Expected++;
            PublishOutcome expected = active.Length == 0 ? PublishOutcome.NotSubscribed : PublishOutcome.Published;
            if (active.Length > 0)
                _published++;
            _areOutcomesRight &= publish(new Number(_value)) == expected;
        }
    }

    private sealed class Subscriber
    {
        public BusSubscription Subscription { get; set; } = null!;

        public bool HasFilter { get; init; }

        public bool Throws { get; init; }

        public long Expected { get; set; }

        public long Calls { get; private set; }

        public void Handle(in Number @event, EventContext context) => Count();

        public void Count()
        {
            Calls++;
            if (Throws)
                throw new InvalidOperationException();
        }
    }

    private sealed class AnyHandler(Subscriber subscriber) : IBusAnyHandler
    {
        public void Handle<T>(in T @event, EventContext context)
            where T : Engine.Events.IEvent<T> =>
            subscriber.Count();
    }
}
