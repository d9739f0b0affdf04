using System.Diagnostics.CodeAnalysis;
using Engine.Events;
using Engine.Events.Vm;
using Engine.Storage.Frames;
using Engine.Storage.Journals;
using Engine.Tooling;
using static System.FormattableString;

namespace Engine.Emulator.Cli;

/// <summary>The commands that look at a journal.</summary>
internal static class JournalCommands
{
    /// <summary>What streams there are, and whether they are complete.</summary>
    public static int Info(string directory, TextWriter output)
    {
        using JournalReader reader = JournalFolder.Open(directory);
        JournalAudit audit = JournalAudit.Of(reader);
        Print(audit, output);
        output.WriteLine(audit.IsComplete ? "complete" : "not complete");
        return 0;
    }

    /// <summary>Recomputes what was signed off.</summary>
    /// <returns>0; 1 if anything is missing or different, or, where it must be, not signed off.</returns>
    public static int Verify(string directory, byte[]? key, bool mustBeSigned, TextWriter output)
    {
        JournalFolder.Open(directory).Dispose();
        JournalVerification verification = JournalVerification.Of(directory, key);
        Print(verification.Audit, output);
        foreach (SessionVerification session in verification.Sessions)
        {
            output.WriteLine(Invariant($"session {session.Session:x16}: {StateOf(session)}"));
            foreach (string finding in session.Findings)
                output.WriteLine($"    {finding}");
        }

        output.WriteLine(
            !verification.Audit.IsComplete ? "not complete"
            : verification.HasDifferences ? "complete, and NOT as it was signed off"
            : "complete");
        bool isRight = verification.Audit.IsComplete && !verification.HasDifferences
            && ((key is null && !mustBeSigned) || verification.Sessions.All(static session => session.State != SessionState.NotSignedOff));
        return isRight ? 0 : ExitCodes.JournalIncomplete;
    }

    private static string StateOf(SessionVerification session) => session.State switch
    {
        SessionState.Equal => Invariant($"signed off, and equal: {session.FrameCount:N0} frames, ")
            + string.Join(", ", session.Account!.Counters.Select(static counter => Invariant($"{counter.Value:N0} {counter.Name}"))),
        SessionState.Different => "signed off, and NOT equal",
        SessionState.KeyUnknown => "signed off with a key: give --key to compare the signature; the rest is equal",
        SessionState.PartlyDeleted => Invariant(
            $"signed off; its beginning was deleted, and of the {session.FrameCount:N0} frames left whole groups are equal"),
        _ => "not signed off: its writer was killed, is at work, or was not asked to",
    };

    private static void Print(JournalAudit audit, TextWriter output)
    {
        output.WriteLine(Invariant($"{audit.FrameCount:N0} frames, {audit.ByteCount:N0} bytes, {audit.Streams.Count:N0} streams"));
        foreach (JournalStreamAudit stream in audit.Streams)
            Print(stream, output);
        foreach (JournalDamage damage in audit.Damages)
            output.WriteLine(Line(damage));
        if (audit.DeletedFrames > 0)
            output.WriteLine(Invariant($"deleted on purpose: the first {audit.DeletedFrames:N0} frames"));
        if (audit.MissingFrames > 0)
            output.WriteLine(Invariant($"missing: {audit.MissingFrames:N0} frames"));
    }

    /// <summary>Prints frames, or the events in them, as text.</summary>
    public static int Dump(string directory, string? eventType, long first, int count, TextWriter output)
    {
        using JournalReader reader = JournalFolder.Open(directory);
        long left = count;
        while (left > 0 && reader.TryRead(out JournalFrame frame))
        {
            FrameHeader header = frame.Header;
            if (eventType is null)
            {
                output.WriteLine(Line(frame));
                left--;
            }
            else if (header.Stream.EventType == eventType && header.Kind == FrameKind.Events && header.EndSequence > first)
            {
                var dumper = new EventDumper(frame, first, left, output);
                VmEvents.Visit(dumper);
                left -= dumper.Written;
            }
        }

        return 0;
    }

    /// <summary>Cuts off what the last writer was writing when it was killed.</summary>
    public static int Cut(string directory, TextWriter output)
    {
        JournalFolder.Open(directory).Dispose();
        try
        {
            using Journal journal = Journal.Open(directory);
            output.WriteLine(journal.Recovery.ToString());
            return 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(error.Message);
        }
    }

    /// <summary>Deletes old segments.</summary>
    public static int Trim(string directory, JournalRetention retention, TextWriter output)
    {
        JournalFolder.Open(directory).Dispose();
        try
        {
            using Journal journal = Journal.Open(directory);
            JournalTrimReport report = journal.Trim(retention);
            output.WriteLine(Invariant(
                $"deleted {report.Segments:N0} segments: {report.Events:N0} events in {report.Frames:N0} frames, {report.Bytes:N0} bytes")
                + (report.ProtectedBy is { } name ? $"; bookmark {name} keeps more from being deleted" : string.Empty));
            return 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(error.Message);
        }
    }

    private static void Print(JournalStreamAudit stream, TextWriter output)
    {
        output.Write(Invariant($"{stream.Stream.EventType,-24} {stream.Stream.ProducerName,-12} session {stream.Stream.Session:x16}  "));
        output.Write(Invariant($"{stream.FirstSequence:N0} to {stream.EndSequence:N0}: {stream.EventCount:N0} events, "));
        output.Write(Invariant($"{stream.FrameCount:N0} frames, {stream.ByteCount:N0} bytes, "));
        output.Write(Invariant($"{(stream.EventCount == 0 ? 0 : 8.0 * stream.ByteCount / stream.EventCount):F3} bits an event, "));
        output.WriteLine(
            stream.IsComplete ? "complete" : stream.IsEnded ? "ended, with gaps" : "without end: its writer was killed, or is at work");
        if (stream.Deleted is { } deleted)
            output.WriteLine(Invariant($"    deleted {deleted.FirstSequence:N0} to {deleted.LastSequence:N0}, on purpose"));
        foreach (JournalGap gap in stream.Gaps)
            output.WriteLine(Invariant($"    missing {gap.FirstSequence:N0} to {gap.LastSequence:N0}: {CauseOf(gap.Cause)}"));
    }

    private static string CauseOf(LossCause cause) => cause switch
    {
        LossCause.None => "frames damaged or missing",
        LossCause.RingDroppedIncoming => "a full ring dropped incoming events",
        LossCause.RingDroppedOldest => "a full ring dropped its oldest events",
        LossCause.JournalDropped => "the disk did not follow",
        LossCause.Deleted => "deleted on purpose",
        _ => "several causes",
    };

    private static string Line(JournalDamage damage) => Invariant(
        $"damaged at {damage.Position}: {damage.Length:N0} bytes{(damage.IsTornTail ? ", torn end" : string.Empty)}")
        + (damage.Header is { } header
            ? Invariant($"; {header.Stream.EventType} {header.FirstSequence:N0} to {header.EndSequence - 1:N0}")
            : string.Empty);

    private static string Line(in JournalFrame frame)
    {
        FrameHeader header = frame.Header;
        return Invariant($"{frame.Position,-16} #{header.FrameNumber} {header.Time:O} {header.Kind} {header.Stream.EventType} ")
            + Invariant($"of {header.Stream.ProducerName}: {header.FirstSequence:N0}, {header.Count:N0} events, ")
            + Invariant($"instructions {header.FirstInstructionCount:N0} to {header.LastInstructionCount:N0}, ")
            + Invariant($"{header.FrameLength:N0} bytes, lost before {header.LostBefore.Count:N0}");
    }

    private sealed class EventDumper(JournalFrame frame, long first, long most, TextWriter output) : IEventTypeVisitor
    {
        public long Written { get; private set; }

        [SuppressMessage("Performance", "CA1822", Justification = "The interface's.")]
        public void Visit<T>()
            where T : unmanaged, IEvent<T>
        {
            FrameHeader header = frame.Header;
            if (T.Descriptor.Name != header.Stream.EventType)
                return;
            var events = new T[header.Count];
            frame.Decode<T>(events);
            for (long i = Math.Max(0, first - header.FirstSequence); i < events.Length && Written < most; i++, Written++)
                output.WriteLine(Invariant($"{header.FirstSequence + i}: {events[i]}"));
        }
    }
}
