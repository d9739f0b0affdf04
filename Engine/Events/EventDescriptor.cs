using System.Numerics;
using System.Text.RegularExpressions;
using Engine.Primitives;

namespace Engine.Events;

/// <summary>
/// The static facts of an event type: its stable name, the shard that serves it, and the defaults of its lanes.
/// Immutable and safe to share between threads.
/// </summary>
public sealed partial record EventDescriptor
{
    /// <summary>Slots of a lane when a descriptor does not say otherwise.</summary>
    public const int DefaultCapacity = 4096;

    /// <summary>The largest capacity a lane may have.</summary>
    public const int MaxCapacity = 1 << 28;

    /// <summary>Creates a descriptor with the default capacity, overflow policy and priority.</summary>
    /// <param name="name">Stable name in lower case, words joined by '-', levels by '.': <c>vm.page-fault</c>.</param>
    /// <exception cref="ArgumentException">The name does not have that form.</exception>
    public EventDescriptor(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!IsName(name))
        {
            throw new ArgumentException(
                $"An event name is lower-case words joined by '-', with levels separated by '.', for example \"vm.page-fault\"; got \"{name}\".",
                nameof(name));
        }

        Name = name;
        Shard = name;
    }

    /// <summary>The stable name, unique within an engine.</summary>
    public string Name { get; }

    /// <summary>
    /// The shard this type belongs to; types with the same key are served by the same dispatcher.
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

    /// <summary>Slots of each lane of this type: a power of two, 2 to <see cref="MaxCapacity"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a power of two in that range.</exception>
    public int Capacity
    {
        get;
        init => field = CheckCapacity(value, nameof(Capacity));
    } = DefaultCapacity;

    /// <summary>What happens when a lane of this type is full.</summary>
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

    /// <summary>The weight of this type's lanes in the dispatcher's weighted round-robin, at least 1.</summary>
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
    internal static bool IsName(string? name) => name is not null && NamePattern().IsMatch(name);

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

    [GeneratedRegex("^[a-z][a-z0-9]*(-[a-z0-9]+)*(\\.[a-z0-9]+(-[a-z0-9]+)*)*\\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
