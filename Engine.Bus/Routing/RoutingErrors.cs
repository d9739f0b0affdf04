using System.Runtime.ExceptionServices;

namespace Engine.Bus.Routing;

/// <summary>What was thrown while one event was routed.</summary>
internal struct RoutingErrors
{
    private Exception? _first;
    private List<Exception>? _all;

    public void Add(Exception exception)
    {
        if (_first is null)
            _first = exception;
        else
            (_all ??= [_first]).Add(exception);
    }

    /// <summary>Passes on what was thrown: one exception as it is, several together.</summary>
    public readonly void ThrowIfAny()
    {
        if (_all is not null)
            throw new AggregateException("Several routes failed with one event.", _all);
        if (_first is not null)
            ExceptionDispatchInfo.Throw(_first);
    }
}
