CREATE DATABASE holdfast_core;
CREATE DATABASE holdfast_kyc;
CREATE DATABASE holdfast_rates;
CREATE DATABASE holdfast_audit;
