using Engine.Cluster.Contracts;
using Engine.Cluster.Transport;
using Engine.Storage.Frames;

namespace Engine.Cluster.Publishing;

/// <summary>
/// Frames as messages: the body is the frame as it is in the journal, the headers say which journal. Where frames are missing for good,
/// a notice stands in their place. Stateless.
/// </summary>
internal static class FrameWire
{
    public const string JournalHeader = "Engine-Journal";
    public const string KindHeader = "Engine-Kind";
    public const string FrameKindText = "frame";
    public const string PartKindText = "part";
    public const string LossKindText = "loss";
    public const string FrameNumberHeader = "Engine-Frame";
    public const string PartHeader = "Engine-Part";

    /// <summary>Messages that a frame may be split into at most.</summary>
    public const int MaxParts = 64;

    /// <summary>What headers and subject take of a message at most.</summary>
    public const int OverheadBytes = 1024;

    private const string LossType = "engine.frames-lost";

    /// <summary>A frame's messages: one, or as many as it takes where it is larger than a message may be.</summary>
    /// <param name="origin">Whose it is.</param>
    /// <param name="header">The frame's header.</param>
    /// <param name="body">The whole frame.</param>
    /// <param name="repeat">0 for the first time; else a number that no repeat had before.</param>
    /// <param name="maxMessageBytes">Bytes of a message at most.</param>
    public static IEnumerable<TransportMessage> Of(
        FrameOrigin origin, FrameHeader header, ReadOnlyMemory<byte> body, long repeat, int maxMessageBytes)
    {
        FrameStream stream = header.Stream;
        // The broker must not take for a duplicate what it has forgotten itself.
        string id = FormattableString.Invariant(
            $"{origin.Host}/{stream.Session:x}:{stream.EventType}#{stream.ProducerId}:{header.FirstSequence}{Suffix(header, repeat)}");
        string subject = ClusterNames.FrameSubject(origin.Host, origin.Shards, stream.VmId, stream.EventType);
        int count = PartsOf(body.Length, maxMessageBytes);
        if (count <= 1)
        {
            yield return new TransportMessage(subject, id, body, Headers(origin, FrameKindText));
            yield break;
        }

        for (int part = 0; part < count; part++)
        {
            int first = (int)((long)body.Length * part / count);
            int end = (int)((long)body.Length * (part + 1) / count);
            Dictionary<string, string> headers = Headers(origin, PartKindText);
            headers[FrameNumberHeader] = FormattableString.Invariant($"{header.FrameNumber}");
            headers[PartHeader] = FormattableString.Invariant($"{part}/{count}");
            yield return new TransportMessage(subject, FormattableString.Invariant($"{id}:p{part}of{count}"), body[first..end], headers);
        }
    }

    /// <summary>The messages that so many bytes take.</summary>
    public static int PartsOf(int bytes, int maxMessageBytes)
    {
        int most = Math.Max(1, maxMessageBytes - OverheadBytes);
        return (int)(((long)bytes + most - 1) / most);
    }

    /// <summary>A notice's message.</summary>
    public static TransportMessage Of(FrameOrigin origin, FrameRangeLoss loss, long repeat)
    {
        string id = FormattableString.Invariant($"{origin.Host}/{origin.Journal}:lost:{loss.From}-{loss.To}:r{repeat}");
        return new TransportMessage(
            ClusterNames.FrameSubject(origin.Host, origin.Shards, null, LossType), id,
            ClusterJsonContext.Write(loss), Headers(origin, LossKindText));
    }

    private static string Suffix(FrameHeader header, long repeat) =>
        (header.Kind == FrameKind.End ? ":end" : string.Empty) + (repeat == 0 ? string.Empty : FormattableString.Invariant($":r{repeat}"));

    private static Dictionary<string, string> Headers(FrameOrigin origin, string kind) => new()
    {
        [JournalHeader] = origin.Journal,
        [KindHeader] = kind,
    };
}

/// <summary>Where frames come from.</summary>
/// <param name="Host">The host's name.</param>
/// <param name="Journal">Identifies its journal.</param>
/// <param name="Shards">How many shards there are.</param>
internal sealed record FrameOrigin(string Host, string Journal, int Shards);
