using System.Runtime.InteropServices;

namespace Engine.Bench.Reporting;

/// <summary>The machine that figures were measured on.</summary>
/// <param name="Processor">Model of the processor.</param>
/// <param name="ProcessorCount">Processors the process may use.</param>
/// <param name="Architecture">Instruction set.</param>
/// <param name="OperatingSystem">Name and version of the operating system.</param>
/// <param name="Runtime">Name and version of the runtime.</param>
internal sealed record MachineFacts(
    string Processor, int ProcessorCount, string Architecture, string OperatingSystem, string Runtime)
{
    private const string ProcessorFile = "/proc/cpuinfo";
    private const string ModelField = "model name";

    public static MachineFacts Read() => new(
        ReadProcessorModel(),
        Environment.ProcessorCount,
        RuntimeInformation.OSArchitecture.ToString(),
        RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription);

    public override string ToString() =>
        $"{Processor}, {ProcessorCount} processors, {Architecture}, {OperatingSystem}, {Runtime}";

    private static string ReadProcessorModel()
    {
        string? line = File.Exists(ProcessorFile)
            ? File.ReadLines(ProcessorFile).FirstOrDefault(static line => line.StartsWith(ModelField, StringComparison.Ordinal))
            : Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? "unknown processor";
    }
}
