using Engine.PerfCollect.Profiles;

namespace Engine.PerfCollect.Export;

/// <summary>A method in the place where it was called from: one box of a flame graph.</summary>
internal sealed class FlameNode(string frame)
{
    private readonly Dictionary<string, FlameNode> _callees = [];

    public string Frame { get; } = frame;

    /// <summary>The time of the method with all it called.</summary>
    public double Milliseconds { get; private set; }

    /// <summary>What it called, by name, so that equal profiles give equal pictures.</summary>
    public IEnumerable<FlameNode> Callees => _callees.Values.OrderBy(static node => node.Frame, StringComparer.Ordinal);

    public int Depth => 1 + (_callees.Count == 0 ? 0 : _callees.Values.Max(static node => node.Depth));

    /// <summary>The tree of all stacks, one branch per thread name.</summary>
    public static FlameNode Build(Profile profile)
    {
        var root = new FlameNode("all");
        foreach (ProfileSample sample in profile.Samples)
        {
            root.Milliseconds += sample.Milliseconds;
            FlameNode node = root;
            foreach (string frame in sample.Frames.Prepend(sample.ThreadName))
            {
                node = node.Callee(frame);
                node.Milliseconds += sample.Milliseconds;
            }
        }

        return root;
    }

    private FlameNode Callee(string frame)
    {
        if (!_callees.TryGetValue(frame, out FlameNode? node))
            _callees.Add(frame, node = new FlameNode(frame));
        return node;
    }
}
