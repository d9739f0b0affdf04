using Engine.Handlers;
using FsCheck;
using FsCheck.Fluent;

namespace Engine.Tests.Properties;

/// <summary>The bounded table of largest sums against exact sums in a dictionary.</summary>
public class HeavyHittersProperties
{
    private static readonly Gen<(int Key, long Amount)> Addition =
        from key in Gen.OneOf(Gen.Choose(0, 3), Gen.Choose(0, 40))
        from amount in Gen.Choose(0, 20)
        select (key, (long)amount);

    [Test]
    public void Sums_are_never_too_low_and_too_high_by_at_most_their_error([Values(1, 2, 7, 64)] int capacity) =>
        ForAllStreams((additions, exact) =>
        {
            IReadOnlyList<(int Key, long Sum, long Error)> top = Filled(capacity, additions).Top(capacity);
            return top.Count == Math.Min(capacity, exact.Count)
                && top.All(entry => entry.Sum >= exact[entry.Key] && entry.Sum - entry.Error <= exact[entry.Key])
                && top.Select(static entry => entry.Sum).SequenceEqual(top.Select(static entry => entry.Sum).OrderDescending());
        });

    [Test]
    public void A_key_above_its_share_of_the_total_is_always_there([Values(1, 2, 7, 64)] int capacity) =>
        ForAllStreams((additions, exact) =>
        {
            HeavyHitters<int> hitters = Filled(capacity, additions);
            long total = exact.Values.Sum();
            return hitters.Total == total
                && exact.Where(pair => pair.Value * capacity > total).All(pair => hitters.SumOf(pair.Key) >= pair.Value);
        });

    [Test]
    public void Nothing_is_estimated_while_all_keys_fit() =>
        ForAllStreams((additions, exact) => Filled(64, additions).Top(64)
            .All(entry => entry.Error == 0 && entry.Sum == exact[entry.Key]));

    [Test]
    public void A_capacity_below_one_is_refused() =>
        Assert.That(() => new HeavyHitters<int>(0), Throws.TypeOf<ArgumentOutOfRangeException>());

    private static void ForAllStreams(Func<IList<(int Key, long Amount)>, Dictionary<int, long>, bool> property) =>
        Prop.ForAll(Addition.ListOf().ToArbitrary(), additions =>
        {
            var exact = additions.GroupBy(static a => a.Key).ToDictionary(static g => g.Key, static g => g.Sum(static a => a.Amount));
            return property(additions, exact);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000).WithEndSize(300).WithQuietOnSuccess(true));

    private static HeavyHitters<int> Filled(int capacity, IEnumerable<(int Key, long Amount)> additions)
    {
        var hitters = new HeavyHitters<int>(capacity);
        foreach ((int key, long amount) in additions)
            hitters.Add(key, amount);
        return hitters;
    }
}
