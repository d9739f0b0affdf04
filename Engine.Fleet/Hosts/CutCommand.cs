using System.Globalization;
using Engine.Cluster.Publishing;
using Engine.Emulator;
using Engine.Storage.Journals;

namespace Engine.Fleet.Hosts;

/// <summary>
/// The command <c>cut</c>: the machine stands between two instructions until all that it has published is durable. The journal up to
/// the frame that is named, and the machine at the instruction that is named, belong together.
/// </summary>
internal static class CutCommand
{
    /// <summary>The argument with which the machine itself is kept too.</summary>
    public const string WithSnapshot = "snapshot";

    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(20);

    /// <exception cref="ArgumentException">The argument is another one.</exception>
    public static async ValueTask<string> RunAsync(
        string argument, GuestLoop guest, Journal journal, JournalPublisher publisher, CancellationToken cancellationToken)
    {
        if (argument is not ("" or WithSnapshot))
            throw new ArgumentException($"\"{argument}\" is nothing to cut with; \"{WithSnapshot}\" keeps the machine too");
        return await guest.CutAsync((machine, cut) => Describe(machine, cut, argument == WithSnapshot, journal, publisher.Journal))
            .WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private static string Describe(Machine? machine, MachineCut? cut, bool keepsMachine, Journal journal, string name)
    {
        if (!journal.Flush(FlushTime))
            throw new TimeoutException("the disk did not follow in time");
        long frame = DurableFrame(journal.Directory);
        if (machine is null || cut is null)
            return Text($"all that was recorded is durable; no machine runs; journal {name}, frame {frame}");
        string positions = string.Join(", ", cut.Positions.SelectMany(static producer => producer.Lanes)
            .Where(static lane => lane.Sequence > 0).Select(static lane => Text($"{lane.EventType} {lane.Sequence}")));
        string text = Text($"instruction {cut.RetiredInstructions}; journal {name}, frame {frame}; events {positions}");
        return keepsMachine ? $"{text}; machine in {Save(machine, journal.Directory, frame)}" : text;
    }

    private static string Save(Machine machine, string directory, long frame)
    {
        string folder = Path.Combine(directory, "cuts");
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, Text($"frame-{frame}.snapshot"));
        string draft = file + ".draft";
        using (var stream = new FileStream(draft, FileMode.Create, FileAccess.Write))
        {
            machine.SaveSnapshot(stream);
            stream.Flush(flushToDisk: true);
        }

        File.Move(draft, file, overwrite: true);
        return file;
    }

    private static long DurableFrame(string directory)
    {
        using JournalReader reader = JournalReader.Open(directory);
        return reader.ReadDurableFrameNumber();
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
