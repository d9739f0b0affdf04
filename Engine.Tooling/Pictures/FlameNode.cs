namespace Engine.Tooling.Pictures;

/// <summary>A function in the place where it was called from: one box of a flame graph. For one thread at a time.</summary>
/// <param name="frame">Name of the function.</param>
public sealed class FlameNode(string frame)
{
    private readonly Dictionary<string, FlameNode> _callees = [];

    /// <summary>Name of the function.</summary>
    public string Frame { get; } = frame;

    /// <summary>What the function took with all it called, in the unit of the graph.</summary>
    public double Weight { get; private set; }

    /// <summary>What it called, by name, so that equal profiles give equal pictures.</summary>
    public IEnumerable<FlameNode> Callees => _callees.Values.OrderBy(static node => node.Frame, StringComparer.Ordinal);

    /// <summary>Adds a stack above this node, the outermost function first.</summary>
    public void Add(IEnumerable<string> frames, double weight)
    {
        Weight += weight;
        FlameNode node = this;
        foreach (string frame in frames)
        {
            node = node.Callee(frame);
            node.Weight += weight;
        }
    }

    private FlameNode Callee(string frame)
    {
        if (!_callees.TryGetValue(frame, out FlameNode? node))
            _callees.Add(frame, node = new FlameNode(frame));
        return node;
    }
}
