using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Engine.Bus;

/// <summary>
/// What a publisher says of an event beside payload and ids. Events that handlers publish meanwhile inherit nothing of it.
/// Immutable and thread-safe; checked when it is made.
/// </summary>
public sealed record EventDetails
{
    /// <summary>Characters of <see cref="Source"/> and of <see cref="Key"/> at most.</summary>
    public const int MaxTextLength = 255;

    /// <summary>Entries of <see cref="Metadata"/> at most.</summary>
    public const int MaxMetadataCount = 16;

    /// <summary>Bytes of all names and values of <see cref="Metadata"/> together at most, as UTF-8.</summary>
    public const int MaxMetadataBytes = 4096;

    /// <summary>Who published the event; null stands for the bus's name.</summary>
    /// <exception cref="ArgumentException">It is empty or too long.</exception>
    public string? Source { get; init => field = Checked(value, nameof(Source)); }

    /// <summary>What the event is about, such as the id of a resource or an aggregate; null if nothing in particular.</summary>
    /// <exception cref="ArgumentException">It is empty or too long.</exception>
    public string? Key { get; init => field = Checked(value, nameof(Key)); }

    /// <summary>
    /// Id of the virtual machine that it is about, for statistics and filters that count one machine of several; null stands for that of
    /// the bus.
    /// </summary>
    /// <exception cref="ArgumentException">It is empty or too long.</exception>
    public string? VmId { get; init => field = Checked(value, nameof(VmId)); }

    /// <summary>When it happened; null stands for the time of publication.</summary>
    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary>
    /// How soon handlers behind queues get it: each subscription takes 8 high, 4 normal and 1 low events per round while some of each
    /// wait, and those of one priority in the order of publication. High and low events have queues of their own, each as large as the
    /// other. Handlers on the publisher's thread and message subscriptions make no difference; records do not keep it.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">It is none of the three.</exception>
    public DispatchPriority Priority { get; init => field = Checked(value, nameof(Priority)); }

    /// <summary>Small texts by name, compared by ordinal. Copied when set.</summary>
    /// <exception cref="ArgumentException">There are too many, or they are too large, or a name is empty, or a value is null.</exception>
    public IReadOnlyDictionary<string, string> Metadata { get; init => field = Copied(value, nameof(Metadata)); } =
        FrozenDictionary<string, string>.Empty;

    /// <summary>Compares metadata by its entries.</summary>
    public bool Equals(EventDetails? other) =>
        ReferenceEquals(this, other)
        || (other is not null && Source == other.Source && Key == other.Key && VmId == other.VmId
            && OccurredAt == other.OccurredAt && Priority == other.Priority && Metadata.Count == other.Metadata.Count
            && Metadata.All(entry => other.Metadata.TryGetValue(entry.Key, out string? value) && value == entry.Value));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Source, Key, VmId, OccurredAt, Priority, Metadata.Count);

    /// <summary>What is given of it.</summary>
    public override string ToString()
    {
        IEnumerable<string> parts =
        [
            .. Source is null ? Array.Empty<string>() : [$"source \"{Source}\""],
            .. Key is null ? Array.Empty<string>() : [$"key \"{Key}\""],
            .. VmId is null ? Array.Empty<string>() : [$"machine \"{VmId}\""],
            .. OccurredAt is { } time ? [$"occurred at {time.ToString("O", CultureInfo.InvariantCulture)}"] : Array.Empty<string>(),
            .. Priority == DispatchPriority.Normal ? Array.Empty<string>() : [$"priority {Priority}"],
            .. Metadata.OrderBy(static entry => entry.Key, StringComparer.Ordinal).Select(static entry => $"{entry.Key}={entry.Value}"),
        ];
        return string.Join(", ", parts);
    }

    private static DispatchPriority Checked(DispatchPriority priority, string name) => Enum.IsDefined(priority)
        ? priority
        : throw new ArgumentOutOfRangeException(name, priority, $"{name} of an event must be Normal, High or Low; it is {(int)priority}.");

    private static string? Checked(string? text, string name)
    {
        if (text is not null && string.IsNullOrWhiteSpace(text))
            throw new ArgumentException($"{name} of an event may be left out, but not be empty; it is \"{text}\".", name);
        if (text?.Length > MaxTextLength)
        {
            throw new ArgumentException(
                $"{name} of an event has at most {MaxTextLength} characters; \"{text[..32]}...\" has {text.Length}.", name);
        }
        return text;
    }

    private static FrozenDictionary<string, string> Copied(IReadOnlyDictionary<string, string> given, string property)
    {
        ArgumentNullException.ThrowIfNull(given, property);
        // The copy is what is checked: the original may change meanwhile.
        var copy = given.ToFrozenDictionary(StringComparer.Ordinal);
        if (copy.Count > MaxMetadataCount)
            throw new ArgumentException($"Metadata of an event has at most {MaxMetadataCount} entries; these are {copy.Count}.", property);
        int bytes = 0;
        foreach ((string name, string value) in copy)
        {
            if (string.IsNullOrWhiteSpace(name))
                throw new ArgumentException($"Names in the metadata of an event are not empty; \"{name}\" is.", property);
            if (value is null)
                throw new ArgumentException($"Values in the metadata of an event are not null; that of \"{name}\" is.", property);
            bytes += Encoding.UTF8.GetByteCount(name) + Encoding.UTF8.GetByteCount(value);
        }

        if (bytes > MaxMetadataBytes)
        {
            throw new ArgumentException(
                $"Metadata of an event has at most {MaxMetadataBytes} bytes of UTF-8, names and values together; these are {bytes}.",
                property);
        }

        return copy;
    }
}
