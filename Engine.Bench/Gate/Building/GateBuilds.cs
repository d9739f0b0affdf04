namespace Engine.Bench.Gate.Building;

/// <summary>The builds that are measured, each the path of an Engine.Bench.dll with all it needs beside it.</summary>
/// <param name="BaseCommit">Full hash of the base.</param>
/// <param name="Base">The base.</param>
/// <param name="SeededBase">The base, slowed down on purpose.</param>
/// <param name="HeadCommit">Full hash of the commit that the head's work tree is at.</param>
/// <param name="HeadHasChanges">Whether the work tree differs from it.</param>
/// <param name="Head">The head: this program.</param>
internal sealed record GateBuilds(
    string BaseCommit, string Base, string SeededBase, string HeadCommit, bool HeadHasChanges, string Head);
