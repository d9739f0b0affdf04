using System.Numerics;

namespace Engine.Order;

/// <summary>
/// Which of several inputs comes next: a tournament of their bounds, the least virtual times of what may come next from each. Of equal ones
/// the lower index wins. A change costs one comparison per level. Not thread-safe.
/// </summary>
internal sealed class MergeTree
{
    // A node's children are 2n and 2n + 1; the leaves are the last, padded to a power of two with bounds that never win.
    private readonly int[] _winners;
    private readonly long[] _bounds;

    public MergeTree(int inputs)
    {
        int leaves = (int)BitOperations.RoundUpToPowerOf2((uint)inputs);
        _bounds = new long[leaves];
        _winners = new int[2 * leaves];
        _bounds.AsSpan(inputs).Fill(long.MaxValue);
        for (int leaf = 0; leaf < leaves; leaf++)
            _winners[leaves + leaf] = leaf;
    }

    /// <summary>The input that comes first.</summary>
    public int First => _winners[1];

    /// <summary>Its bound.</summary>
    public long Least => _bounds[_winners[1]];

    /// <summary>Up to which time, that included, events of the first input come before all others.</summary>
    public long Limit
    {
        get
        {
            int[] winners = _winners;
            long[] bounds = _bounds;
            int first = winners[1];
            long limit = long.MaxValue;
            for (int node = bounds.Length + first; node > 1; node >>= 1)
            {
                // What lies to the left wins where times are equal; as it has not won, its bound is not the least there is.
                int other = winners[node ^ 1];
                long until = other < first ? bounds[other] - 1 : bounds[other];
                if (until < limit)
                    limit = until;
            }

            return limit;
        }
    }

    /// <summary>Changes the bound of an input; <see cref="Play"/> has to follow.</summary>
    public void Set(int index, long bound) => _bounds[index] = bound;

    /// <summary>Plays the whole tournament.</summary>
    public void Play()
    {
        for (int node = _bounds.Length - 1; node > 0; node--)
        {
            int left = _winners[2 * node], right = _winners[(2 * node) + 1];
            _winners[node] = _bounds[right] < _bounds[left] ? right : left;
        }
    }

    /// <summary>Changes the bound of an input.</summary>
    public void Update(int index, long bound)
    {
        int[] winners = _winners;
        long[] bounds = _bounds;
        bounds[index] = bound;
        int winner = index;
        for (int node = bounds.Length + index; node > 1; node >>= 1)
        {
            int other = winners[node ^ 1];
            long otherBound = bounds[other];
            if (otherBound < bound || (otherBound == bound && other < winner))
                (winner, bound) = (other, otherBound);
            winners[node >> 1] = winner;
        }
    }
}
