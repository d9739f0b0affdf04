namespace Engine.PerfCollect;

/// <summary>One-line messages on standard error, so that the output of a profiled command stays as it is.</summary>
internal static class Notices
{
    private const string Name = "perfcollect";

    public static void Write(string message) => Console.Error.WriteLine($"{Name}: {message.ReplaceLineEndings(" ")}");
}
