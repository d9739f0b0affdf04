using Engine.Events;

namespace Engine.Subscriptions;

/// <summary>
/// What the subscriptions of an engine ask of virtual CPUs. Thread-safe; its lock is taken by a virtual CPU where it looks, which is
/// when a subscription has come or gone, and at a boundary.
/// </summary>
internal sealed class BoundaryBook
{
    private readonly Lock _lock = new();
    private readonly List<VCpuRequest> _requests = [];

    /// <summary>Adds a request.</summary>
    public void Add(VCpuRequest request)
    {
        lock (_lock)
            _requests.Add(request);
    }

    /// <summary>Forgets what a subscription asked for, and keeps what came of it.</summary>
    public void Remove(Subscription subscription)
    {
        lock (_lock)
            _requests.RemoveAll(request => request is BoundaryRequest bounds && bounds.Subscription == subscription);
    }

    /// <summary>Forgets a request.</summary>
    public void Remove(VCpuRequest request)
    {
        lock (_lock)
            _requests.Remove(request);
    }

    /// <summary>Reads or changes a request while no virtual CPU does.</summary>
    public TResult Locked<TResult>(Func<TResult> action)
    {
        lock (_lock)
            return action();
    }

    /// <summary>A request to a virtual CPU that would not come out the same way again, or null.</summary>
    public VCpuRequest? FindUnrepeatable(ProducerInfo producer)
    {
        lock (_lock)
            return _requests.Find(request => request.IsUnrepeatable && request.IsAskedOf(producer));
    }

    /// <summary>What came of a request.</summary>
    public BoundaryCoverage CoverageOf(BoundaryRequest request)
    {
        lock (_lock)
            return request.Coverage;
    }

    /// <summary>
    /// A virtual CPU is behind so many instructions, and has published all that happened before. Returns the count at which it has to
    /// call again: it must not run past.
    /// </summary>
    public ulong Reach(ulong count, IVCpuLanes lanes)
    {
        ulong next = ulong.MaxValue;
        Change(lanes, request => request.Reach(count, lanes), request => next = Math.Min(next, request.NextCount));
        return next;
    }

    /// <summary>A virtual CPU has been set back to a count.</summary>
    public void Rewind(ulong count, IVCpuLanes lanes) => Change(lanes, request => request.Rewind(count), static _ => { });

    /// <summary>A virtual CPU has ended.</summary>
    public void End(ulong count, IVCpuLanes lanes) => Change(lanes, request => request.End(count, lanes), static _ => { });

    /// <summary>The regions that active subscriptions to an event type want of a virtual CPU.</summary>
    public RegionTally[] TalliesOf(ProducerInfo producer)
    {
        lock (_lock)
        {
            return [.. _requests.OfType<BoundaryRequest>()
                .Where(request => request is { IsActive: true, Tally: not null } && request.IsAskedOf(producer))
                .Select(static request => request.Tally!)];
        }
    }

    /// <summary>What the regions have counted.</summary>
    public BoundaryTallies SaveTallies()
    {
        lock (_lock)
        {
            return new BoundaryTallies(Tallies.ToDictionary(static tally => tally, static tally => (tally.Inside, tally.Outside)));
        }
    }

    /// <summary>Sets back what the regions have counted; those that are younger begin anew.</summary>
    public void RestoreTallies(BoundaryTallies tallies)
    {
        lock (_lock)
        {
            foreach (RegionTally tally in Tallies)
            {
                (ulong inside, ulong outside) = tallies.Counts.GetValueOrDefault(tally);
                tally.Set(inside, outside);
            }
        }
    }

    private IEnumerable<RegionTally> Tallies => _requests.OfType<BoundaryRequest>().Select(static request => request.Tally)
        .OfType<RegionTally>();

    private void Change(IVCpuLanes lanes, Func<VCpuRequest, bool> change, Action<VCpuRequest> look)
    {
        List<Action>? changed = null;
        lock (_lock)
        {
            foreach (VCpuRequest request in _requests)
            {
                if (!request.IsAskedOf(lanes.Info))
                    continue;
                if (change(request))
                    (changed ??= []).Add(request.Tell(lanes));
                look(request);
            }
        }

        // Outside the lock: what is called is the subscribers' own.
        foreach (Action tell in changed ?? [])
            tell();
    }
}
