namespace Engine.Server.Cli;

/// <summary>A command line, read.</summary>
/// <param name="Elf">The program to boot; null for the bundled guest.</param>
/// <param name="Address">Where to listen; null for the default, or a free port if that is taken.</param>
/// <param name="ConfigFiles">Files of settings.</param>
/// <param name="Settings">Single settings.</param>
/// <param name="HasNoMachine">Whether no guest is run.</param>
/// <param name="AttachedTo">The server that the pages show instead of this one; null for none. Then no guest is run.</param>
internal sealed record HostSettings(
    string? Elf, string? Address, IReadOnlyList<string> ConfigFiles, IReadOnlyList<string> Settings, bool HasNoMachine,
    string? AttachedTo = null);
