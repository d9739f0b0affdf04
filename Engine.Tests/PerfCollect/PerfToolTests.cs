using Engine.PerfCollect.Collect;

namespace Engine.Tests.PerfCollect;

public sealed class PerfToolTests
{
    private const string Forbidden = """
        Error:
        Access to performance monitoring and observability operations is limited.
        Consider adjusting /proc/sys/kernel/perf_event_paranoid setting to open access
        """;

    [Test]
    public void A_refusal_is_one_line_with_a_remedy()
    {
        string line = PerfTool.Explain(Forbidden);
        Assert.That(
            line, Does.StartWith("perf is not allowed").And.Contain("sysctl kernel.perf_event_paranoid=1").Or.Contain("CAP_PERFMON"));
        Assert.That(line, Does.Not.Contain("\n"));
    }

    [Test]
    public void Any_other_failure_is_perfs_own_first_line() =>
        Assert.That(PerfTool.Explain("\nno such event\nmore"), Is.EqualTo("perf record failed: no such event"));
}
