namespace Engine.Bus.Versions;

/// <summary>Finds what is wrong with declared versions: ambiguity, downgrades, cycles, gaps, and names.</summary>
internal static class VersionChainCheck
{
    public static List<string> FindProblems(IReadOnlyCollection<VersionNode> nodes)
    {
        var problems = new List<string>();
        foreach (IGrouping<string, VersionNode> chain in nodes.GroupBy(static node => node.Version.EventName, StringComparer.Ordinal))
        {
            VersionNode[] versions = [.. chain.OrderBy(static node => node.Version.Version)];
            int before = problems.Count;
            CheckNumbers(versions, problems);
            foreach (VersionNode node in versions)
                CheckHops(node, problems);
            // A chain that is wrong already would only be told of again.
            if (problems.Count == before)
                CheckGaps(versions, problems);
            if (problems.Count == before)
                CheckNames(versions, problems);
        }

        // Otherwise it would be told twice.
        if (problems.Count == 0)
            CheckClashes(nodes, problems);
        return problems;
    }

    private static void CheckNumbers(VersionNode[] versions, List<string> problems)
    {
        foreach (IGrouping<int, VersionNode> same in versions.GroupBy(static node => node.Version.Version))
        {
            VersionNode first = same.First();
            if (same.Key < 1)
                problems.Add($"Version of {first.Type}: versions count from 1, and {first.Version} does not.");
            if (same.Count() > 1)
            {
                problems.Add($"Ambiguity: {first.Version} is declared by "
                    + string.Join(" and by ", same.Select(static node => node.Type)) + ".");
            }
        }
    }

    private static void CheckHops(VersionNode node, List<string> problems)
    {
        if (node.Hops.Count > 1)
        {
            problems.Add($"Ambiguity: {node.Hops.Count} upcasters start at {node.Version}: "
                + string.Join(", ", node.Hops.Select(hop => $"{node.Version} -> {hop.To.Version}")) + ".");
        }

        foreach (VersionHop hop in node.Hops)
        {
            EventVersion from = node.Version;
            EventVersion to = hop.To.Version;
            if (from.EventName != to.EventName)
                problems.Add($"Another event: {from} -> {to}; an upcaster leads to the next version of the same event.");
            else if (CycleFrom(node, hop) is { } cycle)
                problems.Add($"Cycle: {cycle}.");
            else if (to.Version < from.Version)
                problems.Add($"Downgrade: {from} -> v{to.Version}; upcasters lead to the next version.");
            else if (to.Version > from.Version + 1)
                problems.Add($"Gap: {from} -> v{to.Version} leaves out v{from.Version + 1}; upcasters lead to the next version.");
        }
    }

    /// <summary>The way back to a version by the given hop, as text; null if there is none.</summary>
    private static string? CycleFrom(VersionNode start, VersionHop hop)
    {
        var before = new Dictionary<VersionNode, VersionNode>();
        var open = new Queue<VersionNode>([hop.To]);
        while (open.TryDequeue(out VersionNode? node))
        {
            if (node == start)
                return Describe(start, hop.To, before);
            foreach (VersionHop next in node.Hops)
            {
                if (next.To != hop.To && before.TryAdd(next.To, node))
                    open.Enqueue(next.To);
            }
        }

        return null;
    }

    private static string Describe(VersionNode start, VersionNode second, Dictionary<VersionNode, VersionNode> before)
    {
        var way = new Stack<string>();
        for (VersionNode node = start; node != second; node = before[node])
            way.Push($"v{node.Version.Version}");
        way.Push($"v{second.Version.Version}");
        return $"{start.Version} -> {string.Join(" -> ", way)}";
    }

    private static void CheckGaps(VersionNode[] versions, List<string> problems)
    {
        foreach (VersionNode node in versions.SkipLast(1).Where(static node => node.Hops.Count == 0))
        {
            string known = string.Join(
                " -> ", versions.TakeWhile(other => other != node).Append(node).Select(static n => $"v{n.Version.Version}"));
            problems.Add(
                $"Gap: {node.Version.EventName}: {known} -> ? -> v{versions[^1].Version.Version}; no upcaster starts at {node.Version}.");
        }
    }

    private static void CheckClashes(IReadOnlyCollection<VersionNode> nodes, List<string> problems)
    {
        foreach (IGrouping<string, VersionNode> same in nodes
            .GroupBy(static node => node.Descriptor.Name, StringComparer.Ordinal).Where(static same => same.Count() > 1))
        {
            problems.Add($"Name: the descriptors of {string.Join(" and ", same.Select(static node => $"{node.Version} ({node.Type})"))} "
                + $"are all named \"{same.Key}\"; on a bus each event type needs a name of its own.");
        }
    }

    private static void CheckNames(VersionNode[] versions, List<string> problems)
    {
        foreach (VersionNode node in versions)
        {
            string expected = node == versions[^1]
                ? node.Version.EventName
                : EventVersions.DescriptorName(node.Version.EventName, node.Version.Version);
            if (node.Descriptor.Name != expected)
            {
                problems.Add($"Name: the descriptor of {node.Version} ({node.Type}) is named \"{node.Descriptor.Name}\" "
                    + $"and has to be named \"{expected}\": the newest version has the event's name, each older one has .vN behind it.");
            }
        }
    }
}
