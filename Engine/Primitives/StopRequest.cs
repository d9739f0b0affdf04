namespace Engine.Primitives;

/// <summary>
/// Says of a thread whether an inline handler of the publish it is in has asked the publisher to stop. Written and read by the thread
/// itself; a publish within a handler has an answer of its own.
/// </summary>
internal sealed class StopRequest
{
    [ThreadStatic]
    private static StopRequest? t_current;

    private bool _isMade;

    /// <summary>The calling thread's.</summary>
    public static StopRequest Current => t_current ??= new StopRequest();

    /// <summary>A handler asks.</summary>
    public void Make() => _isMade = true;

    /// <summary>A publish begins to call handlers.</summary>
    /// <returns>What a handler has asked that this publish is nested in; for <see cref="End"/>.</returns>
    public bool Begin()
    {
        bool outer = _isMade;
        if (outer)
            _isMade = false;
        return outer;
    }

    /// <summary>All handlers of a publish have been called.</summary>
    /// <param name="outer">What <see cref="Begin"/> returned.</param>
    /// <returns>Whether one of them has asked.</returns>
    public bool End(bool outer)
    {
        bool isMade = _isMade;
        if (isMade != outer)
            _isMade = outer;
        return isMade;
    }
}
