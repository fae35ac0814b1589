using System.Reflection;
using FleetChat.Core.Consent;
using FleetChat.Core.Data;
using FleetChat.Core.Messaging;
using FleetChat.Core.Messaging.Rates;
using FleetChat.Core.Samsara;
using FleetChat.Core.Samsara.Scope;
using FleetChat.Core.WhatsApp;
using FleetChat.Tests.Data;

namespace FleetChat.Tests.Guards;

/// <summary>One change that takes a guard away.</summary>
/// <param name="Seam">Where it is made.</param>
internal abstract record Edit(string Seam);

/// <summary>A method of Core that answers always the same.</summary>
/// <param name="Value">Null: nothing.</param>
internal sealed record Returns(Type Type, string Method, bool? Value) : Edit($"{Type.Name}.{Method} in the assembly");

/// <summary>A statement of Core with other words in it. They have to be those of one statement alone.</summary>
/// <param name="Of">The statement, for people.</param>
internal sealed record Words(string Of, string From, string To) : Edit($"{Of} in the assembly");

/// <summary>Made by a test itself, which goes on without the others.</summary>
internal sealed record Within(Type Type, string Test, string Of) : Edit($"{Of} in {Type.Name}.{Test}");

/// <summary>Run by a superuser in each of the tests' databases.</summary>
internal sealed record Schema(string Of, string Sql) : Edit($"{Of} in the schema");

/// <summary>The product without one guard.</summary>
/// <param name="What">What it does, for people.</param>
internal sealed record Mutant(Guard Guard, string What, params Edit[] Edits)
{
    /// <summary>The class that <see cref="MutantAssembly"/> adds to its copy of Core, with the name of the mutant that is awake.</summary>
    public const string Switch = "FleetChat.Core.Mutants";

    public const string Awake = "Awake";

    public static IReadOnlyList<Mutant> All { get; } =
    [
        new(Guard.Dedupe, "every delivery is new", new Words("StoreItems.Insert",
            "join new_keys k on k.source = a.source and k.external_index = a.external_index\n    returning id\n)",
            "where a.is_assigned\n    returning id\n)")),
        new(Guard.BusinessKey, "every effect is new",
            new Words("Outbox.Insert", "'queued', 0, $10, $11, $9, $18, $21 is null)", "'queued', 0, $10, $11 || gen_random_uuid(), $9, $18, $21 is null)"),
            new Words("TransportSql.InsertTimelineFact", "values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)\n    on conflict (tenant_id, effect_key)", "values ($1, $2, $3, $4, $5, $6, $7, $8, $9 || gen_random_uuid(), $10, $11)\n    on conflict (tenant_id, effect_key)")),
        new(Guard.Consent, "everybody has agreed", new Returns(typeof(SendPolicy), "HasConsent", true)),
        new(Guard.Window, "the window is always open", new Returns(typeof(SendPolicy), nameof(SendPolicy.IsWindowOpen), true)),
        new(Guard.Stop, "nobody has said STOP", new Returns(typeof(SendFacts), "get_" + nameof(SendFacts.StoppedAt), null)),
        new(Guard.Signature, "every signature is right",
            new Returns(typeof(SamsaraSignature), nameof(SamsaraSignature.IsValid), true),
            new Returns(typeof(WhatsAppSignature), nameof(WhatsAppSignature.IsValid), true)),
        new(Guard.Org, "every org's events are ours", new Returns(typeof(DeliveryOwnership), nameof(DeliveryOwnership.FindObjection), null)),
        new(Guard.TagScope, "every tag is ours", new Returns(typeof(ScopeGate), nameof(ScopeGate.IsWatched), false)),
        new(Guard.Rates, "nobody keeps a pace",
            new Words("NumberRate.ListPassed", "and started_at > $2\nunion all", "and started_at > $2 and false\nunion all"),
            new Returns(typeof(PairPace), nameof(PairPace.FindRest), null),
            new Words("Portfolios.FindLimited", "and (p.daily_limit is not null or p.limit_at = '-infinity')", "and false")),
        new(Guard.RowSecurity, "one table's policies are off", new Schema("fleet.stops", "alter table fleet.stops disable row level security")),
        new(Guard.TenantPredicate, "a statement forgets its tenant", new Within(
            typeof(TenantPredicateTests), nameof(TenantPredicateTests.Statement_that_forgets_its_tenant_is_found_out), "each statement")),
    ];

    /// <summary>Those that the tests of their guards run with.</summary>
    public static IEnumerable<Mutant> Run => All.Where(mutant => mutant.Edits is not [Within]);

    public string Seams => string.Join(", ", Edits.Select(edit => edit.Seam));

    /// <summary>In this process, which runs the changed copy of Core. Null: none.</summary>
    public static void Wake(Mutant? mutant)
    {
        s_awake = mutant;
        typeof(TenantDb).Assembly.GetType(Switch, throwOnError: true)!.GetField(Awake, BindingFlags.Static | BindingFlags.Public)!.SetValue(null, mutant?.Guard.ToString());
    }

    /// <summary>What the awake mutant changes in a test's database; null: nothing.</summary>
    public static string? SchemaChange => s_awake?.Edits.OfType<Schema>().SingleOrDefault()?.Sql;

    private static Mutant? s_awake;
}
