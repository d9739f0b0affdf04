using System.Globalization;
using Engine.PerfCollect.Profiles;
using Engine.Tooling.Pictures;

namespace Engine.PerfCollect.Export;

/// <summary>The flame graph of a profile: a branch for each thread name, and a color for each kind of code.</summary>
internal static class ProfileFlameGraph
{
    private static readonly FlameGraphSvg Graph = new()
    {
        Amount = static milliseconds => string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0} ms"),
        Color = ColorOf,
        Label = MethodName.Short,
    };

    public static string Draw(Profile profile, string title)
    {
        var root = new FlameNode("all");
        foreach (ProfileSample sample in profile.Samples)
            root.Add(sample.Frames.Prepend(sample.ThreadName), sample.Milliseconds);
        return Graph.Draw(root, title, string.Create(CultureInfo.InvariantCulture, $"{root.Weight / 1000:0.00} s ({profile.Source})"));
    }

    // The engine and its host warm, other managed code yellow, native and kernel code cool.
    private static string ColorOf(string frame)
    {
        int bang = frame.IndexOf('!', StringComparison.Ordinal);
        if (bang < 0)
            return "#d7d7d7";
        string module = frame[..bang];
        int shade = (int)(FlameGraphSvg.Hash(frame) % 24);
        if (module == "Engine" || module.StartsWith("Engine.", StringComparison.Ordinal))
            return $"hsl({14 + shade}, 82%, {66 + shade % 7}%)";
        if (module.StartsWith("System.", StringComparison.Ordinal) || module.StartsWith("Microsoft.", StringComparison.Ordinal))
            return $"hsl({46 + shade / 3}, 75%, {74 + shade % 7}%)";
        return $"hsl({200 + shade}, 45%, {78 + shade % 7}%)";
    }
}
