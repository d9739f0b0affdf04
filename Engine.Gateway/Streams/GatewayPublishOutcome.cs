namespace Engine.Gateway.Streams;

/// <summary>What became of an event given to a gateway.</summary>
public enum GatewayPublishOutcome
{
    /// <summary>It has a sequence and goes out.</summary>
    Published,

    /// <summary>The catalog does not have its type.</summary>
    UnknownType,

    /// <summary>It, or its resource id, is not right.</summary>
    Invalid,

    /// <summary>Making JSON of it failed.</summary>
    Unserializable,

    /// <summary>Its JSON is too long.</summary>
    TooLarge,

    /// <summary>Recording it failed.</summary>
    NotRecorded,

    /// <summary>The gateway has stopped.</summary>
    Stopped,
}
