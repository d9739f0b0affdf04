using System.Text.Json;
using Engine.Bus.Configuration;
using Engine.Cluster.Contracts;

namespace Engine.Fleet.Cli;

/// <summary>How a broker is reached, as a file says it. What it does not say stays as it is without a file.</summary>
internal sealed record ConnectionFile
{
    public string? Url { get; init; }

    public string? UserName { get; init; }

    public string? Password { get; init; }

    public string? CredentialsFile { get; init; }

    public string? CaFile { get; init; }

    public string? CertificateFile { get; init; }

    public string? KeyFile { get; init; }

    public int? Shards { get; init; }

    public int? Replicas { get; init; }

    public long? MaxStreamBytes { get; init; }

    public TimeSpan? MaxAge { get; init; }

    public TimeSpan? DuplicateWindow { get; init; }

    public TimeSpan? AnswerTimeout { get; init; }

    public TimeSpan? AckWait { get; init; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="SettingsFormatException">It is too long, not UTF-8, no JSON object, or says something twice.</exception>
    /// <exception cref="JsonException">It has something that is no option, or of another form.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static ClusterOptions Read(string file)
    {
        string text = SettingsText.OfFile(file);
        SettingsFormats.Parse(text, SettingsFormat.Json, file);
        ConnectionFile said = ConnectionJsonContext.Read(text) ?? new ConnectionFile();
        var options = new ClusterOptions();
        return options with
        {
            Url = said.Url ?? options.Url,
            UserName = said.UserName,
            Password = said.Password,
            CredentialsFile = said.CredentialsFile,
            CaFile = said.CaFile,
            CertificateFile = said.CertificateFile,
            KeyFile = said.KeyFile,
            Shards = said.Shards ?? options.Shards,
            Replicas = said.Replicas ?? options.Replicas,
            MaxStreamBytes = said.MaxStreamBytes ?? options.MaxStreamBytes,
            MaxAge = said.MaxAge ?? options.MaxAge,
            DuplicateWindow = said.DuplicateWindow ?? options.DuplicateWindow,
            AnswerTimeout = said.AnswerTimeout ?? options.AnswerTimeout,
            AckWait = said.AckWait ?? options.AckWait,
        };
    }
}
