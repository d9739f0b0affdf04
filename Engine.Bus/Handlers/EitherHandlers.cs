namespace Engine.Bus.Handlers;

/// <summary>What handlers that can be called either way have in common.</summary>
internal static class EitherHandlers
{
    public static InvalidOperationException IsAsynchronous(string type) => new(
        $"This {type} decorates an asynchronous handler, which cannot be called without waiting for it; call HandleAsync.");
}
