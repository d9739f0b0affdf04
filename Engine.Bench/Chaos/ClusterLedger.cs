using System.Globalization;
using Engine.Cluster.Receiving;
using Engine.Events.Vm;
using Engine.Storage.Journals;

namespace Engine.Bench.Chaos;

/// <summary>What hosts said that they had confirmed, compared with what a hub has.</summary>
internal sealed class ClusterLedger
{
    private readonly Dictionary<(string Host, long Session), long> _confirmed = [];
    private readonly Dictionary<string, string> _journals = [];

    public long ConfirmedCount => _confirmed.Values.Sum();

    /// <summary>Reads what a host has said.</summary>
    public void Take(string host, IReadOnlyList<string> lines)
    {
        long session = 0;
        foreach (string line in lines)
        {
            string[] parts = line.Split(' ');
            if (parts is ["session", var number, var journal])
            {
                session = long.Parse(number, CultureInfo.InvariantCulture);
                _journals[host] = journal;
            }
            else if (parts is ["confirmed", var end] && long.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out long value))
            {
                _confirmed[(host, session)] = value;
            }
        }
    }

    /// <summary>Everything that is not as it must be.</summary>
    public IEnumerable<string> Compare(string host, string hostFolder, string hubFolder)
    {
        if (!_journals.TryGetValue(host, out string? id))
            return [$"{host} has never said anything"];
        string copy = Path.Combine(hubFolder, host, id);
        if (!Directory.Exists(copy))
            return [$"the hub has nothing of {host}"];
        var losses = new LossFile(copy);
        using JournalReader reader = JournalReader.Open(copy);
        JournalAudit audit = JournalAudit.Of(reader);
        return
        [
            .. audit.Damages.Select(damage => $"{host}: damaged at the hub: {damage.Position}"),
            .. audit.Streams.SelectMany(stream => stream.Gaps.Select(
                gap => $"{host}: {stream.Stream} misses {gap.FirstSequence} to {gap.LastSequence}")),
            .. Number(audit.MissingFrames != losses.Count, $"{host}: {audit.MissingFrames} frames are missing, {losses.Count} by name"),
            // Nothing is deleted before it was audited, and nothing was damaged: so nothing is lost.
            .. losses.Losses.Select(loss => $"{host}: lost frames {loss.From} to {loss.To}: {loss.Cause}"),
            .. CompareConfirmed(host, audit),
            .. CompareFrames(host, hostFolder, copy),
        ];
    }

    private static string[] Number(bool isWrong, string text) => isWrong ? [text] : [];

    private IEnumerable<string> CompareConfirmed(string host, JournalAudit audit)
    {
        foreach (((string name, long session), long confirmed) in _confirmed)
        {
            if (name != host)
                continue;
            JournalStreamAudit? stream = audit.Streams.FirstOrDefault(stream => stream.Stream.Session == session);
            if ((stream?.EndSequence ?? 0) < confirmed || stream?.FirstSequence != 0)
            {
                yield return $"{host}: session {session:x} has {stream?.FirstSequence} to {stream?.EndSequence} at the hub, "
                    + $"{confirmed} were confirmed";
            }
        }
    }

    /// <summary>Stored = received, frame by frame, with the events that were written.</summary>
    private static IEnumerable<string> CompareFrames(string host, string hostFolder, string copy)
    {
        Dictionary<long, byte[]> there = Frames(hostFolder);
        Dictionary<long, byte[]> here = Frames(copy);
        foreach ((long from, long to) in Ranges(there.Keys.Where(number => !here.ContainsKey(number))))
            yield return $"{host}: frames {from} to {to} are not at the hub";
        foreach ((long number, byte[] bytes) in there)
        {
            if (here.TryGetValue(number, out byte[]? copied) && !copied.AsSpan().SequenceEqual(bytes))
                yield return $"{host}: frame {number} is another one at the hub";
        }

        long last = there.Count == 0 ? 0 : there.Keys.Max();
        foreach (long number in here.Keys.Where(number => number > last))
            yield return $"{host}: frame {number} is at the hub and not at its host";
        foreach (byte[] bytes in here.Values)
        {
            JournalFrame frame = JournalFrame.Parse(bytes);
            var events = new InstructionRetired[frame.Header.Count];
            var expected = new InstructionRetired[frame.Header.Count];
            frame.Decode<InstructionRetired>(events);
            JournalLedger.Fill(frame.Header.Stream.Session, frame.Header.Stream.ProducerId, frame.Header.FirstSequence, expected);
            if (!events.AsSpan().SequenceEqual(expected))
                yield return $"{host}: frame {frame.Header.FrameNumber} holds other events";
        }
    }

    private static IEnumerable<(long From, long To)> Ranges(IEnumerable<long> numbers)
    {
        (long From, long To) range = (0, 0);
        foreach (long number in numbers.Order())
        {
            if (range.From != 0 && number == range.To + 1)
            {
                range.To = number;
                continue;
            }

            if (range.From != 0)
                yield return range;
            range = (number, number);
        }

        if (range.From != 0)
            yield return range;
    }

    private static Dictionary<long, byte[]> Frames(string directory)
    {
        var frames = new Dictionary<long, byte[]>();
        using JournalReader reader = JournalReader.Open(directory);
        while (reader.TryRead(out JournalFrame frame))
        {
            byte[] bytes = new byte[frame.Length];
            frame.CopyTo(bytes);
            frames.Add(frame.Header.FrameNumber, bytes);
        }

        return frames;
    }
}
