using Engine.Bus.Options;

namespace Engine.Bus.Configuration;

/// <summary>Reads the options of a bus.</summary>
internal static class BusOptionsBinder
{
    /// <summary>Where a bus of another framework has it: directly below the section, in words joined by underscores.</summary>
    private const string OldOutputBuffer = "output_buffer";

    public static OptionsBinder<EventBusOptions> Instance { get; } = new(
        BusOptionKeys.All, BusOptionKeys.Sections.Select(static section => section.Path),
        new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { [OldOutputBuffer] = "Messages:OutputBuffer" });
}
