using Engine.Order;

namespace Engine.Tests.Order;

/// <summary>The tournament against a look at all bounds.</summary>
internal sealed class MergeTreeTests
{
    [Test]
    public void The_first_its_bound_and_how_long_it_stays_first_are_those_of_a_look_at_all([Range(1, 20)] int inputs)
    {
        var random = new Random(inputs);
        var tree = new MergeTree(inputs);
        long[] bounds = new long[inputs];
        for (int index = 0; index < inputs; index++)
            tree.Set(index, bounds[index] = NextBound(random));
        tree.Play();
        for (int step = 0; step < 2_000; step++)
        {
            int first = Array.IndexOf(bounds, bounds.Min());
            long limit = long.MaxValue;
            for (int other = 0; other < inputs; other++)
            {
                if (other != first)
                    limit = Math.Min(limit, other < first ? bounds[other] - 1 : bounds[other]);
            }

            Assert.That((tree.First, tree.Least, tree.Limit), Is.EqualTo((first, bounds[first], limit)));
            int changed = random.Next(3) == 0 ? random.Next(inputs) : first;
            bounds[changed] = NextBound(random);
            if (random.Next(8) == 0)
            {
                tree.Set(changed, bounds[changed]);
                tree.Play();
            }
            else
            {
                tree.Update(changed, bounds[changed]);
            }
        }
    }

    // Few values, so that they tie, and both ends.
    private static long NextBound(Random random) => random.Next(10) switch
    {
        0 => long.MinValue,
        1 => long.MaxValue,
        _ => random.Next(-3, 4),
    };
}
