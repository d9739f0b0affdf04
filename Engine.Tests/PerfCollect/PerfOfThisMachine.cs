namespace Engine.Tests.PerfCollect;

/// <summary>What perf can do here. Tests of CPU samples are left out only for the reasons named here.</summary>
internal static class PerfOfThisMachine
{
    private static readonly string[] Reasons =
    [
        "perf is not on PATH;",
        "perf is not allowed",
    ];

    /// <summary>Leaves the test out when the tool said that perf is missing or forbidden; fails it for any other reason.</summary>
    public static void Require(IEnumerable<string> notices)
    {
        string? skipped = notices.FirstOrDefault(static line => line.Contains("no CPU samples: ", StringComparison.Ordinal));
        if (skipped is null)
            return;
        if (Reasons.Any(reason => skipped.Contains("no CPU samples: " + reason, StringComparison.Ordinal)))
            Assert.Ignore(skipped);
        Assert.Fail(skipped);
    }
}
