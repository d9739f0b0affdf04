using Engine.Tooling;

namespace Engine.PerfCollect;

/// <summary>One-line messages on standard error, so that the output of a profiled command stays as it is.</summary>
internal static class Notices
{
    /// <summary>What the messages begin with.</summary>
    public const string Name = "perfcollect";

    public static void Write(string message) => ToolProgram.WriteError(Name, message);
}
