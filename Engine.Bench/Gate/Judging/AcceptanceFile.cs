using System.Text.Json;
using System.Text.Json.Serialization;

namespace Engine.Bench.Gate.Judging;

/// <summary>Reads the file of accepted slow-downs. Anything wrong with it is an error, so that no entry lingers unseen.</summary>
internal static class AcceptanceFile
{
    public const string RelativePath = "Engine.Bench/Gate/accepted.json";

    /// <summary>The largest ratio that can be accepted.</summary>
    public const double MaxLimit = 2;

    /// <summary>An entry may not last longer than this.</summary>
    public const int MaxDays = 366;

    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <summary>Reads and checks the file's text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="known">Names of the benchmarks that there are.</param>
    /// <param name="today">The current day.</param>
    /// <returns>The entries by benchmark.</returns>
    /// <exception cref="InvalidDataException">The text breaks a rule; the message names each entry, value and rule.</exception>
    public static IReadOnlyDictionary<string, Acceptance> Parse(string text, IEnumerable<string> known, DateOnly today)
    {
        Acceptance[] entries;
        try
        {
            entries = JsonSerializer.Deserialize<Acceptance[]>(text, Format) ?? throw new JsonException("It is null.");
            if (entries.Contains(null))
                throw new JsonException("An entry is null.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException(
                $"{RelativePath} must be an array of objects with benchmark, limit, reason, expires and optionally bytesPerOperation: " +
                $"{exception.Message}",
                exception);
        }

        var names = known.ToHashSet();
        string[] errors = [.. entries.SelectMany(entry => ErrorsOf(entry, names, today)).Concat(Duplicates(entries))];
        return errors.Length == 0
            ? entries.ToDictionary(static entry => entry.Benchmark)
            : throw new InvalidDataException($"{RelativePath}: " + string.Join(" ", errors));
    }

    private static IEnumerable<string> ErrorsOf(Acceptance entry, HashSet<string> known, DateOnly today)
    {
        string name = $"The entry for \"{entry.Benchmark}\"";
        if (!known.Contains(entry.Benchmark))
            yield return $"{name} names no gated benchmark.";
        if (!(entry.Limit >= VerdictRule.MedianLimit && entry.Limit <= MaxLimit))
        {
            yield return FormattableString.Invariant(
                $"{name} has the limit {entry.Limit}, but it must be from {VerdictRule.MedianLimit} to {MaxLimit}.");
        }

        if (string.IsNullOrWhiteSpace(entry.Reason))
            yield return $"{name} must have a reason.";
        if (entry.Expires < today)
            yield return FormattableString.Invariant($"{name} expired on {entry.Expires:yyyy-MM-dd}: remove it, or move the base.");
        if (entry.Expires > today.AddDays(MaxDays))
            yield return FormattableString.Invariant($"{name} expires on {entry.Expires:yyyy-MM-dd}, but may last {MaxDays} days at most.");
        if (entry.BytesPerOperation is < 0 or double.NaN)
            yield return FormattableString.Invariant(
                $"{name} has {entry.BytesPerOperation} bytes per operation, but it must be 0 or more.");
    }

    private static IEnumerable<string> Duplicates(Acceptance[] entries) => entries
        .GroupBy(static entry => entry.Benchmark)
        .Where(static group => group.Count() > 1)
        .Select(static group => $"There are {group.Count()} entries for \"{group.Key}\"; there may be one.");
}
