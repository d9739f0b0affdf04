using System.CommandLine;
using System.Text.Json;
using Engine.Bus.Configuration;
using Engine.Cluster.Contracts;
using Engine.Cluster.Transport;
using Engine.Tooling;

namespace Engine.Fleet.Cli;

/// <summary>How the broker is reached: a file of settings, and the address by itself.</summary>
internal sealed class ConnectionOptions
{
    public const string PasswordVariable = "ENGINE_BROKER_PASSWORD";

    private readonly Option<string?> _config = new("--config")
    {
        Description = "Read how the broker is reached from a JSON file: url, userName, password, credentialsFile, caFile, " +
            "certificateFile, keyFile, shards, replicas, maxStreamBytes. " +
            $"The environment's {PasswordVariable} stands above the file's password.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _broker = new("--broker")
    {
        Description = "Where the broker is, nodes separated by commas: nats://HOST:PORT or tls://HOST:PORT, or amqp://HOST:PORT or " +
            "amqps://HOST:PORT for RabbitMQ. Without it: the file's, or nats://127.0.0.1:4222.",
        HelpName = "URL",
    };

    public void AddTo(Command command)
    {
        command.Add(_config);
        command.Add(_broker);
    }

    /// <exception cref="UsageException">The file cannot be read, or a value is not one.</exception>
    public ClusterOptions Read(ParseResult parsed)
    {
        ClusterOptions options = parsed.GetValue(_config) is { } file ? ReadFile(file) : new ClusterOptions();
        if (parsed.GetValue(_broker) is { } url)
            options = options with { Url = url };
        if (Environment.GetEnvironmentVariable(PasswordVariable) is { Length: > 0 } password)
            options = options with { Password = password };
        try
        {
            options.Validate();
            foreach (string node in options.Url.Split(','))
            {
                if (!Uri.TryCreate(node.Trim(), UriKind.Absolute, out Uri? address) || !ClusterTransports.Schemes.Contains(address.Scheme))
                    throw new UsageException($"--broker: \"{node}\" is no address such as nats://127.0.0.1:4222 or amqp://127.0.0.1:5672");
            }

            return options;
        }
        catch (ArgumentException error)
        {
            throw new UsageException($"--config: {error.Message}");
        }
    }

    private static ClusterOptions ReadFile(string file)
    {
        try
        {
            if (FileKinds.Of(file) != FileKind.Regular)
                throw new UsageException($"--config: {file} is no file");
            return ConnectionFile.Read(file);
        }
        catch (SettingsFormatException error)
        {
            throw new UsageException($"--config: {error.Message}");
        }
        catch (JsonException error)
        {
            throw new UsageException($"--config: {file}: {error.Message}");
        }
        catch (Exception error) when (OutputFile.IsExpected(error))
        {
            throw new UsageException($"--config: {file} cannot be read ({error.Message})");
        }
    }
}
