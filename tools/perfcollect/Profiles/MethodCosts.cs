namespace Engine.PerfCollect.Profiles;

/// <summary>What each method cost: alone (exclusive), and with all it called (inclusive).</summary>
internal sealed class MethodCosts
{
    private readonly Dictionary<string, (double Exclusive, double Inclusive)> _costs = [];

    public MethodCosts(Profile profile)
    {
        var seen = new HashSet<string>();
        foreach (ProfileSample sample in profile.Samples)
        {
            TotalMilliseconds += sample.Milliseconds;
            seen.Clear();
            foreach (string frame in sample.Frames)
            {
                // A recursive method counts once per sample.
                if (seen.Add(frame))
                    Add(frame, 0, sample.Milliseconds);
            }

            if (sample.Frames.Length > 0)
                Add(sample.Frames[^1], sample.Milliseconds, 0);
        }
    }

    public double TotalMilliseconds { get; }

    public IEnumerable<MethodCost> ByExclusive(int count) => All.OrderByDescending(static cost => cost.ExclusiveMilliseconds).Take(count);

    /// <summary>Managed methods only, since the frames of the host that starts them are on every stack.</summary>
    public IEnumerable<MethodCost> ManagedByInclusive(int count) => All.Where(static cost => MethodName.IsManaged(cost.Method))
        .OrderByDescending(static cost => cost.InclusiveMilliseconds).Take(count);

    private IEnumerable<MethodCost> All =>
        _costs.Select(static pair => new MethodCost(pair.Key, pair.Value.Exclusive, pair.Value.Inclusive));

    private void Add(string frame, double exclusive, double inclusive)
    {
        (double oldExclusive, double oldInclusive) = _costs.GetValueOrDefault(frame);
        _costs[frame] = (oldExclusive + exclusive, oldInclusive + inclusive);
    }
}
