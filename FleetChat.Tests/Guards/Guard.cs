using Xunit.Abstractions;
using Xunit.Sdk;

namespace FleetChat.Tests.Guards;

/// <summary>What stands between the product and harm, each by itself: where it is missing, nothing else may have to notice.</summary>
public enum Guard
{
    /// <summary>What a sender delivers again is the same item.</summary>
    Dedupe,

    /// <summary>What comes under another id is the same fact.</summary>
    BusinessKey,
    Consent,
    Window,
    Stop,
    Signature,
    Org,
    TagScope,

    /// <summary>What is sent no faster than WhatsApp takes it.</summary>
    Rates,

    /// <summary>Row-level security, with statements that name no tenant.</summary>
    RowSecurity,

    /// <summary><c>where tenant_id = $1</c>, with row-level security out of force.</summary>
    TenantPredicate,
}

/// <summary>
/// A test that fails where this guard is missing. Those that bear it are all that may fail with its mutant, and each has to:
/// see <see cref="GuardTests"/>. As a trait too: <c>--filter Guard=Stop</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
[TraitDiscoverer("FleetChat.Tests.Guards.CatchesDiscoverer", "FleetChat.Tests")]
public sealed class CatchesAttribute(Guard guard) : Attribute, ITraitAttribute
{
    public Guard Guard { get; } = guard;

    /// <summary>Only where time doesn't matter: the short size has others that are enough.</summary>
    public bool IsLong { get; init; }
}

public sealed class CatchesDiscoverer : ITraitDiscoverer
{
    public IEnumerable<KeyValuePair<string, string>> GetTraits(IAttributeInfo traitAttribute)
    {
        ArgumentNullException.ThrowIfNull(traitAttribute);
        return [new("Guard", $"{traitAttribute.GetConstructorArguments().Single()}")];
    }
}
