using Engine.Bus;
using Engine.Bus.Handlers;
using Engine.Bus.Routing;
using Engine.Events;
using FsCheck;
using FsCheck.Fluent;

namespace Engine.Tests.Properties;

/// <summary>Random routers and events against a list that is searched from its start.</summary>
public class EventRouterProperties
{
    private static readonly string[] Names = ["model.one", "model.two", "other.three"];

    private static readonly Gen<Rule> Rules =
        from type in Gen.Elements("model.one", "model.two", "other.three", "model.*", "**", "*.three", "none.at-all")
        from divisor in Gen.Choose(1, 4)
        from transforms in Gen.Elements(true, false)
        select new Rule(type, divisor, transforms);

    private static readonly Gen<Plan> Plans =
        from routes in Rules.ArrayOf().Resize(6)
        from filters in Rules.ArrayOf().Resize(2)
        from first in Gen.Elements(true, false)
        from hasDefault in Gen.Elements(true, false)
        from events in Gen.Choose(0, 59).ArrayOf().Resize(30)
        where routes.Length > 0 || hasDefault
        select new Plan(routes, filters, first, hasDefault, events);

    [Test]
    public void A_router_delivers_what_the_model_delivers_in_the_same_order() =>
        Prop.ForAll(Plans.ToArbitrary(), static plan =>
        {
            (List<string> expected, long[] counts) = Model(plan);
            var log = new List<string>();
            EventRouter router = Build(plan, log);
            var context = new EventContext();
            foreach (int e in plan.Events)
                Route(router, e, context);
            EventRouterStatistics statistics = router.GetStatistics();
            long[] actual =
            [
                statistics.Received, statistics.Filtered, statistics.Defaulted, statistics.Unrouted,
                .. statistics.Routes.Select(static route => route.Delivered),
            ];
            if (!log.SequenceEqual(expected) || !actual.SequenceEqual(counts))
                throw new InvalidOperationException(
                    $"{string.Join(' ', log)} / {string.Join(' ', actual)} instead of "
                    + $"{string.Join(' ', expected)} / {string.Join(' ', counts)}");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000).WithQuietOnSuccess(true));

    // An event is a number: its remainder by 3 is the type, the rest the payload.
    private static (List<string> Log, long[] Counts) Model(Plan plan)
    {
        var log = new List<string>();
        long[] counts = new long[4 + plan.Routes.Length];
        foreach (int e in plan.Events)
        {
            string name = Names[e % 3];
            int value = e / 3;
            counts[0]++;
            if (plan.Filters.Any(filter => filter.Covers(name) && filter.IsTyped && value % filter.Divisor != 0)
                || plan.Filters.Any(filter => filter.Covers(name) && !filter.IsTyped && filter.Divisor == 4))
            {
                counts[1]++;
                continue;
            }

            int[] matching = [.. Enumerable.Range(0, plan.Routes.Length).Where(i =>
                plan.Routes[i].Covers(name) && (!plan.Routes[i].IsTyped || value % plan.Routes[i].Divisor == 0))];
            foreach (int route in plan.First ? matching.Take(1) : matching)
            {
                counts[4 + route]++;
                log.Add(plan.Routes[route].IsTyped ? $"{route}:{(plan.Routes[route].Transforms ? -value : value)}" : $"{route}");
            }

            if (matching.Length > 0)
                continue;
            counts[plan.HasDefault ? 2 : 3]++;
            if (plan.HasDefault)
                log.Add("default");
        }

        return (log, counts);
    }

    private static EventRouter Build(Plan plan, List<string> log)
    {
        EventRouterBuilder builder = new EventRouterBuilder().Matching(plan.First ? RouteMatching.First : RouteMatching.All);
        for (int i = 0; i < plan.Routes.Length; i++)
        {
            string name = $"{i}";
            Rule rule = plan.Routes[i];
            _ = rule.Type switch
            {
                "model.one" => AddTyped<One>(builder, name, rule, log),
                "model.two" => AddTyped<Two>(builder, name, rule, log),
                "other.three" => AddTyped<Three>(builder, name, rule, log),
                _ => builder.RoutePattern(name, rule.Type, BusHandler.CreateAny(_ => log.Add(name))),
            };
        }

        foreach (Rule rule in plan.Filters)
        {
            _ = rule.Type switch
            {
                "model.one" => builder.Filter((in One e) => e.Value % rule.Divisor == 0),
                "model.two" => builder.Filter((in Two e) => e.Value % rule.Divisor == 0),
                "other.three" => builder.Filter((in Three e) => e.Value % rule.Divisor == 0),
                _ => builder.FilterPattern(rule.Type, _ => rule.Divisor != 4),
            };
        }

        return plan.HasDefault ? builder.Default(BusHandler.CreateAny(_ => log.Add("default"))).Build() : builder.Build();
    }

    private static EventRouterBuilder AddTyped<T>(EventRouterBuilder builder, string name, Rule rule, List<string> log)
        where T : IEvent<T>, INumbered =>
        rule.Transforms
            ? builder.Route<T, Negated>(
                name, static (in T e) =>
                    new Negated(-e.Value), BusHandler.Create((in Negated e, EventContext _) => log.Add($"{name}:{e.Value}")),
                (in T e) => e.Value % rule.Divisor == 0)
            : builder.Route<T>(name, (in T e, EventContext _) => log.Add($"{name}:{e.Value}"), (in T e) => e.Value % rule.Divisor == 0);

    private static void Route(EventRouter router, int e, EventContext context)
    {
        switch (e % 3)
        {
            case 0:
                router.Handle(new One(e / 3), context);
                break;
            case 1:
                router.Handle(new Two(e / 3), context);
                break;
            default:
                router.Handle(new Three(e / 3), context);
                break;
        }
    }

    private interface INumbered
    {
        int Value { get; }
    }

    private readonly record struct One(int Value) : IEvent<One>, INumbered
    {
        public static EventDescriptor Descriptor { get; } = new("model.one");
    }

    private readonly record struct Two(int Value) : IEvent<Two>, INumbered
    {
        public static EventDescriptor Descriptor { get; } = new("model.two");
    }

    private sealed record Three(int Value) : IEvent<Three>, INumbered
    {
        public static EventDescriptor Descriptor { get; } = new("other.three");
    }

    private readonly record struct Negated(int Value) : IEvent<Negated>
    {
        public static EventDescriptor Descriptor { get; } = new("model.negated");
    }

    private sealed record Rule(string Type, int Divisor, bool Transforms)
    {
        public bool IsTyped => Names.Contains(Type);

        public bool Covers(string name) => Type == name || Type switch
        {
            "**" => true,
            "model.*" => name.StartsWith("model.", StringComparison.Ordinal),
            "*.three" => name == "other.three",
            _ => false,
        };
    }

    private sealed record Plan(Rule[] Routes, Rule[] Filters, bool First, bool HasDefault, int[] Events)
    {
        public override string ToString() =>
            $"routes {string.Join<Rule>(", ", Routes)}; filters {string.Join<Rule>(", ", Filters)}; "
            + $"first {First}; default {HasDefault}; events {string.Join(' ', Events)}";
    }
}
