namespace Engine.Bus;

/// <summary>
/// When a measured value is too high. It counts as degraded from <see cref="Degraded"/> and as unhealthy from
/// <see cref="Unhealthy"/> on, and as normal again only below <see cref="Clear"/>; unhealthy turns to degraded below
/// <see cref="Degraded"/>. In between nothing changes, so that a value that wavers around one limit does not toggle.
/// </summary>
/// <typeparam name="T">What is measured in: a share or a duration.</typeparam>
public sealed class Thresholds<T>
    where T : struct, IComparable<T>
{
    /// <summary>Below this the value is normal again.</summary>
    public T Clear { get; set; }

    /// <summary>From here on the value is degraded.</summary>
    public T Degraded { get; set; }

    /// <summary>From here on the value is unhealthy.</summary>
    public T Unhealthy { get; set; }

    internal Thresholds<T> Copy() => new() { Clear = Clear, Degraded = Degraded, Unhealthy = Unhealthy };
}
