using System.Diagnostics;
using System.Globalization;

namespace Engine.Bench.Chaos;

/// <summary>The places of a victim's work at which it can be killed, by name. Thread-safe.</summary>
internal static class ChaosSteps
{
    /// <summary>Those of a journal.</summary>
    public static readonly string[] Journal =
    [
        "create-segment", "segment-created", "write-frame", "half-a-frame", "frame-written", "cut", "synchronize", "synchronized",
        "synchronize-names", "write-mark", "synchronize-mark", "delete-segment", "segment-deleted", "rename", "renamed", "confirm",
    ];

    /// <summary>Those of an event store with outbox, subscription and dead letters.</summary>
    public static readonly string[] Database =
    [
        "append", "appended", "outbox-row-added", "outbox-committed", "publish", "published", "handle", "handled", "fail", "redrive",
        "redriven",
    ];

    /// <summary>Those of aggregates, snapshots, projections and the event-driven architecture.</summary>
    public static readonly string[] Sourcing =
    [
        "save-aggregate", "save-snapshot", "snapshot-saved", "aggregate-saved", "project", "projected", "rebuild", "rebuilt", "publish",
        "published", "process", "processed", "carry-out", "carried-out",
    ];

    private static string? s_armed;
    private static int s_left;

    /// <summary>At which step this process is to die, as <c>name:n</c>: when it comes there for the n-th time.</summary>
    public static void Arm(string step)
    {
        string[] parts = step.Split(':');
        s_left = parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 1;
        s_armed = parts[0];
    }

    /// <summary>Whether this process is to die now.</summary>
    public static bool IsNow(string step) => s_armed == step && Interlocked.Decrement(ref s_left) == 0;

    /// <summary>Here it can be killed.</summary>
    public static void Reach(string step)
    {
        if (IsNow(step))
            Die();
    }

    /// <summary>Ends the process as <c>kill -9</c> does: nothing is flushed, disposed or finished.</summary>
    public static void Die()
    {
        using Process self = Process.GetCurrentProcess();
        self.Kill();
        Thread.Sleep(Timeout.Infinite);
    }
}
