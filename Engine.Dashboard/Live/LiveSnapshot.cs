using Engine.Gateway.Events;

namespace Engine.Dashboard.Live;

/// <summary>What a page shows at a moment. Immutable.</summary>
public sealed record LiveSnapshot
{
    /// <summary><c>live</c>, or what is wrong with the connection to the events.</summary>
    public string Connection { get; init; } = "connecting";

    /// <summary>Whether the server wants a key.</summary>
    public bool NeedsKey { get; init; }

    /// <summary>That events are missing or that less is sent; null if neither.</summary>
    public string? Notice { get; init; }

    /// <summary>The machines, those heard of last first.</summary>
    public IReadOnlyList<MachineView> Machines { get; init; } = [];

    public string? BusName { get; init; }

    public BusStatus? Bus { get; init; }

    public GatewayStatus? Gateway { get; init; }

    public IReadOnlyList<NodeView> Nodes { get; init; } = [];

    public IReadOnlyList<ContainerView> Containers { get; init; } = [];

    public IReadOnlyList<PipelineView> Pipelines { get; init; } = [];

    /// <summary>The last alerts, the newest first.</summary>
    public IReadOnlyList<AlertView> Alerts { get; init; } = [];
}

/// <summary>A machine.</summary>
public sealed record MachineView(string Id)
{
    public VmRates? Rates { get; init; }

    public VmHotBlocks? HotBlocks { get; init; }

    public VmPageFaults? Faults { get; init; }

    public DateTimeOffset HeardAt { get; init; }

    /// <summary>Million instructions per second, the oldest first.</summary>
    public IReadOnlyList<RatePoint> Points { get; init; } = [];

    /// <summary>The end of what was printed.</summary>
    public IReadOnlyList<ConsoleLine> Console { get; init; } = [];

    /// <summary>Lines that are not shown any more.</summary>
    public long OmittedLines { get; init; }
}

/// <summary>A figure at a time.</summary>
public readonly record struct RatePoint(DateTimeOffset At, double Mips);

/// <summary>A line that a guest printed.</summary>
/// <param name="Number">Its number, from 1.</param>
/// <param name="Text">What it says.</param>
public sealed record ConsoleLine(long Number, string Text);

public sealed record NodeView(string Id, NodeStatus? Status, NodeMetrics? Metrics, DateTimeOffset HeardAt);

public sealed record ContainerView(string Id, ContainerStatus? Status, ContainerMetrics? Metrics, DateTimeOffset HeardAt);

public sealed record PipelineView(string Id, PipelineStatus? Status, PipelineProgress? Progress, DateTimeOffset HeardAt);

public sealed record AlertView(string Id, SystemAlert Alert, DateTimeOffset At);
