using System.Numerics;
using System.Runtime.CompilerServices;
using Engine.Primitives;

namespace Engine.Events;

/// <summary>
/// The static facts of an event type: its stable name, which all read, and how an engine's lanes carry it. A bus has options
/// of its own for that and reads the name only; a type that no lane can carry must not have settings for lanes.
/// Immutable and safe to share between threads.
/// </summary>
public sealed record EventDescriptor
{
    /// <summary>Slots of a lane when a descriptor does not say otherwise.</summary>
    public const int DefaultCapacity = 4096;

    /// <summary>The largest capacity a lane may have.</summary>
    public const int MaxCapacity = 1 << 28;

    /// <summary>Creates a descriptor with the default settings for lanes.</summary>
    /// <param name="name">Stable name in lower case, words joined by '-', levels by '.': <c>vm.page-fault</c>.</param>
    /// <exception cref="ArgumentException">The name does not have that form.</exception>
    public EventDescriptor(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!IsName(name))
        {
            throw new ArgumentException(
                "An event name is lower-case words joined by '-', with levels separated by '.', for example \"vm.page-fault\"; " +
                $"got \"{name}\".",
                nameof(name));
        }

        Name = name;
        Shard = name;
    }

    /// <summary>The stable name, unique within an engine and within a bus.</summary>
    public string Name { get; }

    /// <summary>
    /// For lanes: the shard this type belongs to; types with the same key are served by the same dispatcher.
    /// Defaults to the name, so that each type has a shard of its own.
    /// </summary>
    public string Shard
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(value);
            field = value;
        }
    }

    /// <summary>For lanes: the slots of each lane of this type, a power of two, 2 to <see cref="MaxCapacity"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a power of two in that range.</exception>
    public int Capacity
    {
        get;
        init => field = CheckCapacity(value, nameof(Capacity));
    } = DefaultCapacity;

    /// <summary>For lanes: what happens when a lane of this type is full.</summary>
    public OverflowPolicy OverflowPolicy
    {
        get;
        init
        {
            if (!Enum.IsDefined(value))
            {
                throw new ArgumentOutOfRangeException(
                    nameof(OverflowPolicy), value, "The overflow policy must be Wait, DropIncoming, DropOldest or Fail.");
            }

            field = value;
        }
    }

    /// <summary>For lanes: the weight of this type's lanes in the dispatcher's weighted round-robin, at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The weight is below 1 or above 1024.</exception>
    public EventPriority Priority
    {
        get;
        init
        {
            if ((int)value is < 1 or > 1024)
            {
                throw new ArgumentOutOfRangeException(
                    nameof(Priority), (int)value, "The priority is a weight from 1 to 1024.");
            }

            field = value;
        }
    } = EventPriority.Normal;

    /// <summary>Whether a text has the form of an event name.</summary>
    internal static bool IsName(string? name)
    {
        // By hand: a regular expression is compiled when the program makes its first engine, which takes 11 ms.
        if (string.IsNullOrEmpty(name) || !char.IsAsciiLetterLower(name[0]))
            return false;
        bool isInWord = false;
        foreach (char c in name)
        {
            if (char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c))
                isInWord = true;
            else if (isInWord && c is ('-' or '.'))
                isInWord = false;
            else
                return false;
        }

        return isInWord;
    }

    /// <summary>The settings for lanes that are not the default, as an error names them.</summary>
    internal IEnumerable<string> LaneSettings
    {
        get
        {
            if (Shard != Name)
                yield return $"{nameof(Shard)} \"{Shard}\"";
            if (Capacity != DefaultCapacity)
                yield return $"{nameof(Capacity)} {Capacity}";
            if (OverflowPolicy != default)
                yield return $"{nameof(OverflowPolicy)} {OverflowPolicy}";
            if (Priority != EventPriority.Normal)
                yield return $"{nameof(Priority)} {Priority}";
        }
    }

    /// <summary>The descriptor of an event type.</summary>
    /// <exception cref="ArgumentException">There is none, or it has settings for lanes although no lane can carry the type.</exception>
    internal static EventDescriptor Of<T>()
        where T : IEvent<T>
    {
        EventDescriptor descriptor = T.Descriptor
            ?? throw new ArgumentException($"{typeof(T)}.Descriptor must not be null.", nameof(T));
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>() && descriptor.LaneSettings.Any())
        {
            throw new ArgumentException(
                $"{typeof(T)} (\"{descriptor.Name}\") is no unmanaged struct, so only a bus can carry it, and its descriptor must not " +
                $"have settings for lanes; it has {string.Join(", ", descriptor.LaneSettings)}.",
                nameof(T));
        }

        return descriptor;
    }

    /// <summary>Checks the rule for ring capacities and returns the value.</summary>
    /// <param name="capacity">Slots.</param>
    /// <param name="parameterName">The name the error carries.</param>
    /// <exception cref="ArgumentOutOfRangeException">Not a power of two from 2 to <see cref="MaxCapacity"/>.</exception>
    public static int CheckCapacity(int capacity, string parameterName)
    {
        if (capacity is < 2 or > MaxCapacity || !BitOperations.IsPow2(capacity))
        {
            throw new ArgumentOutOfRangeException(
                parameterName, capacity, $"The capacity must be a power of two from 2 to {MaxCapacity}.");
        }

        return capacity;
    }
}
