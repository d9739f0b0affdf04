namespace Engine.Tooling;

/// <summary>A command line that cannot be carried out. The message is one line for the user.</summary>
internal sealed class UsageException(string message) : Exception(message);
