using FleetChat.Core.Billing.Analytics;
using FleetChat.Core.Billing.Invoices;
using FleetChat.Core.Billing.Prices;
using FleetChat.Core.Billing.Runs;
using FleetChat.Core.Calls;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace FleetChat.Core.Billing;

/// <summary>From what is used to what is owed.</summary>
internal static class BillingRegistration
{
    public static IServiceCollection AddBilling(this IServiceCollection services, IConfiguration configuration) => services
        .AddChecked<BillingOptions>(configuration, BillingOptions.Section)
        .AddSingleton<RateCards>()
        .AddSingleton<Agreements>()
        .AddSingleton<BillingAccounts>()
        .AddSingleton<RateMonth>()
        .AddSingleton<InvoiceMonth>()
        .AddSingleton<GetInvoice>()
        .AddSingleton<PrintInvoice>()
        .AddSingleton<ExplainLine>()
        .AddSingleton<Adjustments>()
        .AddSingleton<ChangeDebt>()
        .AddTransient<ICallHandler, SendInvoice>()
        .AddSingleton<BillingRuns>()
        .AddSingleton<AnalyzeUsage>()
        .AddSingleton<MetaRates>()
        .AddSingleton<GetMargin>();
}
