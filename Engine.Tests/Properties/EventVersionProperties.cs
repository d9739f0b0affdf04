using Engine.Bus.Versions;
using Engine.Events;
using FsCheck;
using FsCheck.Fluent;

namespace Engine.Tests.Properties;

/// <summary>
/// Random sets of versions and upcasters against a simple model of which of them are chains, and what the paths of those give.
/// </summary>
public class EventVersionProperties
{
    private interface INumber
    {
        static abstract int Value { get; }
    }

    // The last one is a second type for version 3.
    private static readonly Type[] Types =
    [
        typeof(Versioned<N1>), typeof(Versioned<N2>), typeof(Versioned<N3>), typeof(Versioned<N4>), typeof(Versioned<N5>),
        typeof(Versioned<N3Again>),
    ];

    private static readonly int[] Numbers = [1, 2, 3, 4, 5, 3];

    [Test]
    public void Exactly_the_chains_are_accepted_and_their_paths_add_up() => Check(AnyGraph(), (types, hops) => Accepts(types, hops));

    [Test]
    public void A_chain_is_accepted_in_whatever_order_it_is_declared() => Check(
        from first in Gen.Choose(0, 4)
        from last in Gen.Choose(first, 4)
        from order in Gen.Shuffle(Enumerable.Range(first, last - first).Select(static i => (i, i + 1)).ToArray())
        select (new[] { first }, order.ToArray()),
        (types, hops) => Accepts(types, hops) && IsChain(types, hops));

    [Test]
    public void A_chain_with_one_hop_changed_is_refused() => Check(
        from length in Gen.Choose(2, 5)
        let chain = Enumerable.Range(0, length - 1).Select(static i => (From: i, To: i + 1)).ToArray()
        from changed in Gen.Choose(0, length - 2)
        from to in Gen.Choose(0, 4)
        where to != changed + 1
        select (Enumerable.Range(0, length).ToArray(), chain.Select((hop, i) => i == changed ? (hop.From, to) : hop).ToArray()),
        (types, hops) => Accepts(types, hops) && !IsChain(types, hops));

    private static Gen<(int[], (int, int)[])> AnyGraph() =>
        from typeCount in Gen.Choose(0, 3)
        from types in Gen.Choose(0, Types.Length - 1).ArrayOf(typeCount)
        from hopCount in Gen.Choose(0, 4)
        from hops in Hop().ArrayOf(hopCount)
        select (types, hops);

    // Next versions more often than others, or hardly any graph would be a chain.
    private static Gen<(int, int)> Hop() =>
        from isNext in Gen.Frequency((4, Gen.Constant(true)), (1, Gen.Constant(false)))
        from source in Gen.Choose(0, isNext ? 3 : Types.Length - 1)
        from target in isNext ? Gen.Constant(source + 1) : Gen.Choose(0, Types.Length - 1)
        select (source, target);

    private static void Check(Gen<(int[] Types, (int, int)[] Hops)> graphs, Func<int[], (int, int)[], bool> holds) =>
        Prop.ForAll(graphs.ToArbitrary(), graph => holds(graph.Types, graph.Hops))
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2000).WithQuietOnSuccess(true));

    /// <summary>The model: distinct versions without a hole, and one hop from each but the newest to the next.</summary>
    private static bool IsChain(int[] types, (int From, int To)[] hops)
    {
        int[] declared = [.. types.Concat(hops.SelectMany(static hop => new[] { hop.From, hop.To })).Distinct()];
        int[] numbers = [.. declared.Select(static i => Numbers[i]).Order()];
        bool hasNoHole = numbers.Zip(numbers.Skip(1)).All(static pair => pair.Second == pair.First + 1);
        return hasNoHole
            && hops.Length == Math.Max(0, declared.Length - 1)
            && hops.Select(static hop => hop.From).Distinct().Count() == hops.Length
            && hops.All(static hop => Numbers[hop.To] == Numbers[hop.From] + 1);
    }

    /// <summary>Whether building agrees with the model, and what it built upcasts by one step per version.</summary>
    private static bool Accepts(int[] types, (int From, int To)[] hops)
    {
        bool isChain = IsChain(types, hops);
        int newest = types.Concat(hops.Select(static hop => hop.To)).Concat(hops.Select(static hop => hop.From))
            .Select(static i => Numbers[i]).DefaultIfEmpty().Max();
        Newest = newest;
        var builder = new EventVersionsBuilder();
        foreach (int type in types)
            Call(nameof(Add), [Types[type]], builder);
        foreach ((int from, int to) in hops)
            Call(nameof(AddHop), [Types[from], Types[to]], builder);
        EventVersions versions;
        try
        {
            versions = builder.Build();
        }
        catch (EventVersionException error)
        {
            return !isChain && error.Message.Contains("test.versioned");
        }

        return isChain && versions.Known.All(version =>
            (int)Call(nameof(Upcast), [TypeOf(version.Version), TypeOf(newest)], versions)! == newest - version.Version);

        Type TypeOf(int number) => Types[number == 3 ? IndexOfThird(types, hops) : number - 1];
    }

    private static int IndexOfThird(int[] types, (int From, int To)[] hops) =>
        types.Concat(hops.Select(static hop => hop.From)).Concat(hops.Select(static hop => hop.To)).Contains(5) ? 5 : 2;

    private static object? Call(string method, Type[] types, object argument) => typeof(EventVersionProperties)
        .GetMethod(method, System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!
        .MakeGenericMethod(types).Invoke(null, [argument]);

    private static void Add<T>(EventVersionsBuilder builder)
        where T : IVersionedEvent<T> =>
        builder.Add<T>();

    private static void AddHop<TFrom, TTo>(EventVersionsBuilder builder)
        where TFrom : IVersionedEvent<TFrom>, IStepped<TFrom>
        where TTo : IVersionedEvent<TTo>, IStepped<TTo> =>
        builder.AddUpcaster(static (in TFrom @event) => TTo.Of(@event.Steps + 1));

    private static int Upcast<TFrom, TTo>(EventVersions versions)
        where TFrom : IVersionedEvent<TFrom>, IStepped<TFrom>
        where TTo : IVersionedEvent<TTo>, IStepped<TTo> =>
        versions.GetUpcaster<TFrom, TTo>()(TFrom.Of(0)).Steps;

    /// <summary>The newest version of the graph at hand, whose descriptor has the event's own name.</summary>
    [ThreadStatic]
    private static int Newest;

    private interface IStepped<TSelf>
    {
        int Steps { get; }

        static abstract TSelf Of(int steps);
    }

    /// <summary>An event that counts its upcasts.</summary>
    private sealed record Versioned<TNumber>(int Steps) : IVersionedEvent<Versioned<TNumber>>, IStepped<Versioned<TNumber>>
        where TNumber : INumber
    {
        // No bus sees it, so that it may change with the graph.
        public static EventDescriptor Descriptor =>
            new(Version == Newest ? EventName : EventVersions.DescriptorName(EventName, Version));

        public static string EventName => "test.versioned";

        public static int Version => TNumber.Value;

        public static Versioned<TNumber> Of(int steps) => new(steps);
    }

    private sealed class N1 : INumber
    {
        public static int Value => 1;
    }

    private sealed class N2 : INumber
    {
        public static int Value => 2;
    }

    private sealed class N3 : INumber
    {
        public static int Value => 3;
    }

    private sealed class N3Again : INumber
    {
        public static int Value => 3;
    }

    private sealed class N4 : INumber
    {
        public static int Value => 4;
    }

    private sealed class N5 : INumber
    {
        public static int Value => 5;
    }
}
