using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Engine.Storage.Journals;
using Engine.Tests.Emulator.Cli;
using Engine.Tests.Support;

namespace Engine.Tests.Storage.Journals;

/// <summary>A machine that records itself, as a user runs it.</summary>
[Parallelizable]
internal sealed partial class RecordedRunTests
{
    [Test]
    public void A_replay_gives_the_same_handlers_the_same_totals_and_summary()
    {
        using var folder = new TemporaryFolder();
        string journal = folder.PathOf("journal");
        EmulatorProcess run = EmulatorProcess.Run("run", "--record", journal, "--max-instructions", "20000000");
        Assert.That(run.Output, Does.Contain("recorded in ").And.Contain("lost 0"), run.Error);
        EmulatorProcess replay = EmulatorProcess.Run("replay", journal);
        Assert.That(replay.ExitCode, Is.Zero, replay.Error);
        Assert.That(HandledIn(replay.Output), Is.EqualTo(HandledIn(run.Output)).And.Not.Empty);
        EmulatorProcess verify = EmulatorProcess.Run("journal", "verify", journal);
        Assert.That((verify.ExitCode, verify.Output.TrimEnd().EndsWith("\ncomplete", StringComparison.Ordinal)), Is.EqualTo((0, true)));
        Assert.That(verify.Output, Does.Contain("signed off, and equal: ").And.Contain("20,000,000 retired instructions"));
    }

    [Test]
    public void A_run_that_was_signed_with_a_key_is_verified_with_it_alone()
    {
        using var folder = new TemporaryFolder();
        string journal = folder.PathOf("journal");
        string key = folder.Write("key", "sixteen bytes or more");
        string other = folder.Write("other", "another sixteen bytes");
        EmulatorProcess.Run("run", "--record", journal, "--record-key", key, "--max-instructions", "100000");
        string session = JournalVerification.Of(journal).Sessions[0].Session.ToString("x16", CultureInfo.InvariantCulture);
        EmulatorProcess right = EmulatorProcess.Run("journal", "verify", journal, "--signed", "--key", key);
        EmulatorProcess wrong = EmulatorProcess.Run("journal", "verify", journal, "--key", other);
        Assert.Multiple(() =>
        {
            Assert.That(right.ExitCode, Is.Zero, right.Error);
            Assert.That(right.Output, Does.Contain($"session {session}: signed off, and equal"));
            Assert.That(wrong.ExitCode, Is.EqualTo(1));
            Assert.That(wrong.Output, Does.Contain("the signature of the account is not right"));
        });
    }

    [Test]
    public void A_part_is_replayed_by_instruction_counts()
    {
        using var folder = new TemporaryFolder();
        string journal = folder.PathOf("journal");
        EmulatorProcess.Run(
            "run", "--record", journal, "--record-events", "vm.instruction", "--events", "none", "--max-instructions", "500000");
        EmulatorProcess replay = EmulatorProcess.Run("replay", journal, "--from", "100000", "--to", "300001", "--events", "vm.instruction");
        Assert.That(replay.Output, Does.StartWith("replayed 200,001 events"), replay.Error);
    }

    [Test]
    public void What_a_killed_machine_had_recorded_is_there_and_is_replayed()
    {
        using var folder = new TemporaryFolder();
        string journal = folder.PathOf("journal");
        using (Process process = Process.Start(new ProcessStartInfo("dotnet",
            [Path.Combine(AppContext.BaseDirectory, "Engine.Emulator.dll"), "run", "--record", journal, "--quiet"])
        {
            RedirectStandardOutput = true,
        })!)
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Eventually.IsTrue(() => FrameCount(journal) > 50);
            process.Kill();
            process.WaitForExit();
            _ = Eventually.Result(output);
        }

        EmulatorProcess cut = EmulatorProcess.Run("journal", "cut", journal);
        Assert.That(cut.ExitCode, Is.Zero, cut.Error);
        using JournalReader reader = JournalReader.Open(journal);
        JournalAudit audit = JournalAudit.Of(reader);
        Assert.That(audit.Damages, Is.Empty);
        Assert.That(audit.MissingFrames, Is.Zero);
        Assert.That(audit.FrameCount, Is.GreaterThan(50));
        Assert.That(audit.Streams.SelectMany(static stream => stream.Gaps), Is.Empty);
        EmulatorProcess replay = EmulatorProcess.Run("replay", journal);
        Assert.That(replay.ExitCode, Is.Zero, replay.Error);
        foreach (JournalStreamAudit stream in audit.Streams)
            Assert.That(Count(replay.Output, stream.Stream.EventType), Is.EqualTo(stream.EventCount));
    }

    [Test]
    public void What_is_no_journal_is_one_line([Values("replay", "verify")] string command)
    {
        using var folder = new TemporaryFolder();
        foreach (string path in (string[])[folder.PathOf("none"), folder.Write("file", "text"), Path.GetDirectoryName(folder.PathOf("x"))!])
        {
            EmulatorProcess process = command == "replay"
                ? EmulatorProcess.Run("replay", path)
                : EmulatorProcess.Run("journal", "verify", path);
            Assert.That(process.ExitCode, Is.EqualTo(2));
            Assert.That(process.Error.TrimEnd().Split('\n'), Has.Length.EqualTo(1));
        }
    }

    [Test]
    public void A_replay_that_would_end_before_it_begins_is_refused()
    {
        EmulatorProcess replay = EmulatorProcess.Run("replay", "none", "--from", "6", "--to", "5");
        Assert.That((replay.ExitCode, replay.Error), Is.EqualTo((2, replay.Error)));
        Assert.That(replay.Error, Does.Contain("--from: 6 is behind --to, which is 5"));
    }

    [Test]
    public void Old_segments_are_deleted_by_command_and_the_rest_is_complete()
    {
        using var journal = new JournalFolderUnderTest();
        journal.RecordInSmallSegments(4_000, frameEvents: 100, frames: 4);
        long segments = journal.SegmentPaths.Count();
        JournalBookmark.Save(journal.Path, "reader", new JournalPosition(3, 0));
        EmulatorProcess trim = EmulatorProcess.Run("journal", "trim", journal.Path, "--max-bytes", "1K", "--max-age", "9999d");
        Assert.That((trim.ExitCode, trim.Output), Is.EqualTo((0, trim.Output)), trim.Error);
        Assert.That(trim.Output, Does.StartWith("deleted 2 segments: ").And.Contain("bookmark reader keeps more from being deleted"));
        Assert.That(journal.SegmentPaths.Count(), Is.EqualTo(segments - 2));
        EmulatorProcess verify = EmulatorProcess.Run("journal", "verify", journal.Path);
        Assert.That(verify.Output, Does.Contain("deleted on purpose").And.Contain("\ncomplete"), verify.Error);
        foreach (string[] wrong in (string[][])[[], ["--max-age", "7"], ["--max-bytes", "x"], ["--before-segment", "-1"]])
            Assert.That(EmulatorProcess.Run(["journal", "trim", journal.Path, .. wrong]).ExitCode, Is.EqualTo(2), string.Join(' ', wrong));
    }

    private static long FrameCount(string journal)
    {
        if (!Directory.Exists(journal) || Directory.GetFiles(journal, "*.seg").Length == 0)
            return 0;
        using JournalReader reader = JournalReader.Open(journal);
        return JournalAudit.Of(reader).FrameCount;
    }

    private static long Count(string output, string eventType) =>
        long.Parse(
            Regex.Match(output, $@"^{Regex.Escape(eventType)} +([\d,]+) events\r?$", RegexOptions.Multiline).Groups[1].Value,
            NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    // From the handlers' lines to the hottest blocks: what both print.
    private static string[] HandledIn(string output) =>
        [.. output.Split('\n').SkipWhile(static line => !line.StartsWith("memory: ", StringComparison.Ordinal)).TakeWhile(
            static line => line.Length == 0 || HandledLine().IsMatch(line))];

    [GeneratedRegex("^(memory: |execution: |devices: |snapshots: |hottest blocks|  0x|.* events\r?$)")]
    private static partial Regex HandledLine();
}
