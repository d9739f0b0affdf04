using System.Text;
using Engine.Dashboard.Api;
using Engine.Primitives;
using Engine.Storage.DeadLetters;
using Engine.Storage.Records;

namespace Engine.Server.Stores;

/// <summary>Makes what the endpoints answer of what storage has.</summary>
internal static class StoreItems
{
    public const int MaxData = 1000;

    public static StoredEventItem Of(StoredEvent item) => new(
        item.Sequence, item.Id, item.EventType, item.Version, item.Key, item.Source, item.Timestamp, item.RecordedAt, item.CorrelationId,
        item.CausationId, item.Stream, item.StreamVersion, DataOf(item), item.Data.Length, item.IsErased);

    public static DeadLetterItem Of(DeadLetter letter) => new(
        letter.Id, letter.Event.EventType, letter.Subscription, letter.Status.ToString().ToLowerInvariant(), letter.Failures,
        letter.ReplayCount, letter.FirstFailedAt, letter.LastFailedAt, letter.ErrorType, letter.ErrorMessage, letter.Stack,
        letter.Fingerprint, Of(letter.Event));

    public static double Milliseconds(DurationDistribution times, double share) =>
        times.Count == 0 ? 0 : Math.Round(times.Percentile(share).TotalMilliseconds, 3);

    private static string DataOf(StoredEvent item)
    {
        if (item.IsErased)
            return "";
        if (!item.ContentType.Contains("json", StringComparison.OrdinalIgnoreCase)
            && !item.ContentType.StartsWith("text/", StringComparison.OrdinalIgnoreCase))
            return Convert.ToHexStringLower(item.Data.Span[..Math.Min(item.Data.Length, MaxData / 2)]);
        // A character has at most four bytes; one that is cut in two is replaced.
        string text = Encoding.UTF8.GetString(item.Data.Span[..Math.Min(item.Data.Length, 4 * MaxData)]);
        return text.Length > MaxData ? text[..MaxData] : text;
    }
}
