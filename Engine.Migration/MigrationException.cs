namespace Engine.Migration;

/// <summary>The command line or a file it names is wrong, or a file cannot be read or written.</summary>
/// <param name="message">One line that says what is wrong.</param>
internal sealed class MigrationException(string message) : Exception(message);
