using Engine.Gateway.Client;
using Engine.Gateway.Events;

namespace Engine.Dashboard.Live;

/// <summary>
/// What has been heard of the events: the newest of each kind, and bounded pasts. One thread adds, others take snapshots.
/// </summary>
internal sealed class LiveState
{
    public const int MaxPoints = 240;
    public const int MaxAlerts = 50;
    public const int MaxResources = 100;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, MachineRecord> _machines = [];
    private readonly Dictionary<string, NodeView> _nodes = [];
    private readonly Dictionary<string, ContainerView> _containers = [];
    private readonly Dictionary<string, PipelineView> _pipelines = [];
    private readonly LinkedList<AlertView> _alerts = [];
    private readonly HashSet<string> _standing = [];
    private LiveSnapshot _rest = new();
    private bool _isChanged;

    /// <summary>Takes events of the past. The stream that follows may have them too, and they are taken once.</summary>
    public void AddStanding(IReadOnlyList<ReceivedEvent> events)
    {
        foreach (ReceivedEvent item in events)
            Add(item);
        lock (_lock)
        {
            _standing.Clear();
            _standing.UnionWith(events.Select(static item => item.Id));
        }
    }

    /// <summary>Takes an event. One that is not as it should be is passed over: the page goes on.</summary>
    public void Add(ReceivedEvent item)
    {
        lock (_lock)
        {
            if (_standing.Remove(item.Id))
                return;
            try
            {
                Take(item);
            }
            catch (Exception)
            {
                // Others publish, too, and what they do is their business.
                _rest = _rest with { Notice = $"An event of type {item.Type} could not be read." };
            }

            _isChanged = true;
        }
    }

    public void Change(Func<LiveSnapshot, LiveSnapshot> change)
    {
        lock (_lock)
        {
            _rest = change(_rest);
            _isChanged = true;
        }
    }

    /// <summary>The state is another server's from now on.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            _machines.Clear();
            _nodes.Clear();
            _containers.Clear();
            _pipelines.Clear();
            _alerts.Clear();
            _standing.Clear();
            _rest = _rest with { Bus = null, Gateway = null };
            _isChanged = true;
        }
    }

    /// <summary>A snapshot, if something has changed since the last; else null.</summary>
    public LiveSnapshot? TakeSnapshot()
    {
        lock (_lock)
        {
            if (!_isChanged)
                return null;
            _isChanged = false;
            return _rest with
            {
                Machines = [.. _machines.Values.Select(static machine => machine.Take()).OrderByDescending(static one => one.HeardAt)],
                Nodes = [.. _nodes.Values],
                Containers = [.. _containers.Values],
                Pipelines = [.. _pipelines.Values],
                Alerts = [.. _alerts],
            };
        }
    }

    private void Take(ReceivedEvent item)
    {
        if (item.TryGet(out VmRates? rates))
            Of(item).Rates(rates, item.Timestamp);
        else if (item.TryGet(out VmHotBlocks? blocks))
            Of(item).HotBlocks = blocks;
        else if (item.TryGet(out VmPageFaults? faults))
            Of(item).Faults = faults;
        else if (item.TryGet(out VmConsole? console))
            Of(item).Console.Add(console.Text, console.Aggregation.Omitted);
        else if (item.TryGet(out BusStatus? bus))
            _rest = _rest with { Bus = bus, BusName = item.ResourceId };
        else if (item.TryGet(out GatewayStatus? gateway))
            _rest = _rest with { Gateway = gateway };
        else if (item.TryGet(out SystemAlert? alert))
            Keep(new AlertView(item.ResourceId, alert, item.Timestamp));
        else
            TakeOfSystem(item);
    }

    private void TakeOfSystem(ReceivedEvent item)
    {
        string id = item.ResourceId;
        if (item.TryGet(out NodeStatus? node))
            Keep(_nodes, id, new NodeView(id, node, _nodes.GetValueOrDefault(id)?.Metrics, item.Timestamp));
        else if (item.TryGet(out NodeMetrics? nodeMetrics))
            Keep(_nodes, id, new NodeView(id, _nodes.GetValueOrDefault(id)?.Status, nodeMetrics, item.Timestamp));
        else if (item.TryGet(out ContainerStatus? container))
            Keep(_containers, id, new ContainerView(id, container, _containers.GetValueOrDefault(id)?.Metrics, item.Timestamp));
        else if (item.TryGet(out ContainerMetrics? metrics))
            Keep(_containers, id, new ContainerView(id, _containers.GetValueOrDefault(id)?.Status, metrics, item.Timestamp));
        else if (item.TryGet(out PipelineStatus? pipeline))
            Keep(_pipelines, id, new PipelineView(id, pipeline, _pipelines.GetValueOrDefault(id)?.Progress, item.Timestamp));
        else if (item.TryGet(out PipelineProgress? progress))
            Keep(_pipelines, id, new PipelineView(id, _pipelines.GetValueOrDefault(id)?.Status, progress, item.Timestamp));
    }

    private MachineRecord Of(ReceivedEvent item)
    {
        if (!_machines.TryGetValue(item.ResourceId, out MachineRecord? machine))
            Keep(_machines, item.ResourceId, machine = new MachineRecord(item.ResourceId));
        machine.HeardAt = item.Timestamp;
        return machine;
    }

    private void Keep(AlertView alert)
    {
        _alerts.AddFirst(alert);
        if (_alerts.Count > MaxAlerts)
            _alerts.RemoveLast();
    }

    // Of more than so many resources, what came first is forgotten.
    private static void Keep<T>(Dictionary<string, T> all, string id, T value)
    {
        if (!all.ContainsKey(id) && all.Count >= MaxResources)
            all.Remove(all.Keys.First());
        all[id] = value;
    }

    private sealed class MachineRecord(string id)
    {
        private readonly Queue<RatePoint> _points = new();
        private VmRates? _rates;

        public VmHotBlocks? HotBlocks { get; set; }

        public VmPageFaults? Faults { get; set; }

        public DateTimeOffset HeardAt { get; set; }

        public ConsoleLines Console { get; } = new();

        public void Rates(VmRates rates, DateTimeOffset at)
        {
            _rates = rates;
            _points.Enqueue(new RatePoint(at, rates.Mips));
            if (_points.Count > MaxPoints)
                _points.Dequeue();
        }

        public MachineView Take() => new(id)
        {
            Rates = _rates,
            HotBlocks = HotBlocks,
            Faults = Faults,
            HeardAt = HeardAt,
            Points = [.. _points],
            Console = Console.Take(),
            OmittedLines = Console.Omitted,
        };
    }
}
