namespace Engine.Bus.Handlers;

/// <summary>
/// A handler that can be called either way, because what it decorates may be synchronous or asynchronous. Whoever takes both kinds
/// of handlers asks it which one it is.
/// </summary>
internal interface IEitherHandler
{
    /// <summary>Whether the handler inside returns a task, so that it has to be called as an asynchronous one.</summary>
    bool IsAsync { get; }
}
