namespace Engine.Bench.Gate;

/// <summary>The command line of the gate.</summary>
/// <param name="Base">Revision to compare with; null for the one of the base file.</param>
/// <param name="Filter">Wildcards that a benchmark's name must match.</param>
/// <param name="JsonPath">Where the report goes as JSON; null for nowhere.</param>
/// <param name="MarkdownPath">Where the report goes as Markdown; null for nowhere.</param>
/// <param name="Trial">Runs of the base against itself, in a trial of the gate.</param>
/// <param name="TrialSeeded">Seeded runs in such a trial.</param>
/// <param name="TrialLabel">What the trial's report calls the circumstances.</param>
/// <param name="Callgrind">Whether to count instructions instead.</param>
/// <param name="Prepare">Whether to end when the base is built.</param>
internal sealed record GateArguments(
    string? Base, string Filter, string? JsonPath, string? MarkdownPath, int Trial, int TrialSeeded, string TrialLabel, bool Callgrind,
    bool Prepare);
