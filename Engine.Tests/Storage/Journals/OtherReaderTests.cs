using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using Engine.Events.Vm;
using Engine.Storage.Journals;
using Engine.Tests.Emulator.Cli;
using Engine.Tests.Support;

namespace Engine.Tests.Storage.Journals;

/// <summary>The document of the format is enough: a reader in another language, which knows nothing else, finds the same events.</summary>
internal sealed class OtherReaderTests
{
    private const int Instructions = 20_000;

    [Test]
    public void A_reader_written_from_the_document_finds_the_same_events()
    {
        using var folder = new TemporaryFolder();
        string journal = folder.PathOf("journal");
        EmulatorProcess.Run("run", "--record", journal, "--max-instructions", FormattableString.Invariant($"{Instructions}"));
        string[] lines = RunPython(journal).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(
            lines.Where(static line => line.StartsWith("vm.instruction ", StringComparison.Ordinal)),
            Is.EqualTo(OwnInstructions(journal)));
        Assert.That(lines, Has.Some.StartsWith("device.added 0 At.RetiredInstructions=0 At.Pc="));
    }

    private static List<string> OwnInstructions(string journal)
    {
        using JournalReader reader = JournalReader.Open(journal);
        var lines = new List<string>();
        while (reader.TryRead(out JournalFrame frame))
        {
            if (frame.Header.Stream.EventType != InstructionRetired.Descriptor.Name)
                continue;
            var events = new InstructionRetired[frame.Header.Count];
            frame.Decode<InstructionRetired>(events);
            lines.AddRange(events.Select((e, i) => FormattableString.Invariant(
                $"vm.instruction {frame.Header.FirstSequence + i} Pc={e.Pc} Opcode={e.Opcode} Flags={(uint)e.Flags}")));
        }

        Assert.That(lines, Has.Count.EqualTo(Instructions));
        return lines;
    }

    private static string RunPython(string journal)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("python3", [ScriptPath(), journal])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.That(process.ExitCode, Is.Zero, Eventually.Result(error));
            return output;
        }
        catch (Win32Exception)
        {
            Assert.Inconclusive("This test needs python3 and zstd, which .ci/run installs.");
            throw;
        }
    }

    private static string ScriptPath([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "read_journal.py");
}
